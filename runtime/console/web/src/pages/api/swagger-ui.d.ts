declare module "swagger-ui-dist/swagger-ui-es-bundle.js" {
  /** Draws the page into a node. Source: swagger.io, Swagger UI, "Configuration". */
  export default function SwaggerUi(options: Record<string, unknown> & { domNode: Element; url: string }): unknown;
}
