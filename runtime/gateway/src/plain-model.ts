/** A model's name for books and traces: a caller may send anything as one. */
export const plainModel = (model: string | undefined): string | undefined => model?.slice(0, 200).replaceAll(/[^\x20-\x7e]/g, "?");
