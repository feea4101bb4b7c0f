import fc from "fast-check";

/** Cases of each property; the README says how 100,000 are run. */
export const runs = Number(process.env["FREEHOLD_FUZZ_RUNS"] ?? 2_000);

/** Words that the translations look for, so that chance meets them. */
const words = [
  ..."model messages role user system developer assistant tool function content text image_url url image source base64 media_type data type thinking signature".split(
    " ",
  ),
  ..."tool_calls tool_use tool_result tool_use_id tool_call_id id name input arguments index delta choices finish_reason usage prompt_tokens stream max_tokens".split(
    " ",
  ),
  ..."message_start message content_block_start content_block content_block_delta text_delta thinking_delta input_json_delta partial_json content_block_stop".split(
    " ",
  ),
  ..."message_delta stop_reason message_stop error ping refusal reasoning_content reasoning_details reasoning.text output instructions input_text function_call".split(
    " ",
  ),
  ..."function_call_output call_id reasoning encrypted_content summary tools tool_choice auto required response_format json_schema schema format file file_data".split(
    " ",
  ),
  ..."document search_result tool_reference tool_addition stop temperature top_p metadata __proto__ constructor toString".split(" "),
];
export const word = fc.constantFrom(...words);
const leaf = fc.oneof(
  word,
  fc.string(),
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  // No text can be made of it by `String()`.
  fc.constant({ toString: false }),
  fc.constantFrom("{}", "[", '{"a":1}', "https://a", "data:image/png;base64,AAAA"),
);
export const { value: json } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof({ maxDepth: 5 }, leaf, fc.array(tie("value"), { maxLength: 4 }), fc.dictionary(word, tie("value"), { maxKeys: 6 })),
}));
/** Close to the truth: whole bodies with some of their values replaced by chance. */
export const near = (truth: unknown): fc.Arbitrary<unknown> => {
  if (Array.isArray(truth)) return fc.oneof({ weight: 12, arbitrary: fc.tuple(...truth.map(near)) }, { weight: 1, arbitrary: json });
  if (typeof truth !== "object" || truth === null) return fc.oneof({ weight: 12, arbitrary: fc.constant(truth) }, { weight: 1, arbitrary: json });
  const fields = Object.fromEntries(Object.entries(truth).map(([name, value]) => [name, near(value)]));
  return fc.oneof({ weight: 12, arbitrary: fc.record(fields, { requiredKeys: [] }) }, { weight: 1, arbitrary: json });
};

/** A Messages request with a bit of everything. */
export const messagesBody = {
  model: "claude-opus-5-5",
  max_tokens: 10,
  system: [{ type: "text", text: "a" }],
  messages: [
    {
      role: "user",
      content: [
        { type: "text", text: "a" },
        { type: "image", source: { type: "base64", media_type: "image/png", data: "AA" } },
      ],
    },
    {
      role: "assistant",
      content: [
        { type: "thinking", thinking: "a", signature: "s" },
        { type: "tool_use", id: "c", name: "f", input: {} },
      ],
    },
    {
      role: "user",
      content: [
        {
          type: "tool_result",
          tool_use_id: "c",
          content: [
            { type: "text", text: "a" },
            { type: "tool_reference", tool_name: "f" },
          ],
          is_error: true,
        },
      ],
    },
    {
      role: "system",
      content: [
        { type: "text", text: "a" },
        { type: "tool_removal", tool: { type: "tool_reference", name: "f" } },
      ],
    },
  ],
  tools: [{ name: "f", input_schema: { type: "object" } }],
  tool_choice: { type: "tool", name: "f" },
  thinking: { type: "adaptive" },
  output_config: { effort: "low", format: { type: "json_schema", schema: {} } },
};
