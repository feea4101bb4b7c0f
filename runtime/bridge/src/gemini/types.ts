/**
 * The parts of the Gemini API that the bridge speaks; what it doesn't read is not listed.
 * Source: ai.google.dev/api/generate-content (v1beta) and the types of @google/genai 3.1.0, 2026-11.
 */
export interface Blob {
  mimeType: string;
  /** Shape: base64. */
  data: string;
}

export interface FunctionCall {
  id?: string;
  name: string;
  args?: Record<string, unknown>;
}

export interface FunctionResponse {
  id: string;
  name: string;
  /** Shape: `{output}` or `{error}`. */
  response: Record<string, unknown>;
  parts?: { inlineData: Blob }[];
}

export interface Part {
  text?: string;
  thought?: boolean;
  thoughtSignature?: string;
  inlineData?: Blob;
  functionCall?: FunctionCall;
  functionResponse?: FunctionResponse;
}

export interface Content {
  role: "user" | "model";
  parts: Part[];
}

export interface FunctionDeclaration {
  name: string;
  description?: string;
  parametersJsonSchema?: unknown;
}

export const thinkingLevels = ["MINIMAL", "LOW", "MEDIUM", "HIGH"] as const;
export type ThinkingLevel = (typeof thinkingLevels)[number];

export interface ThinkingConfig {
  includeThoughts?: boolean;
  thinkingBudget?: number;
  thinkingLevel?: ThinkingLevel;
}

export interface GenerationConfig {
  maxOutputTokens?: number;
  temperature?: number;
  topP?: number;
  topK?: number;
  stopSequences?: string[];
  thinkingConfig?: ThinkingConfig;
  responseMimeType?: "application/json";
  responseJsonSchema?: unknown;
}

export interface FunctionCallingConfig {
  mode: "AUTO" | "ANY" | "NONE" | "VALIDATED";
  allowedFunctionNames?: string[];
}

export interface GenerateContentRequest {
  contents: Content[];
  systemInstruction?: { parts: { text: string }[] };
  tools?: { functionDeclarations: FunctionDeclaration[] }[];
  toolConfig?: { functionCallingConfig: FunctionCallingConfig };
  generationConfig?: GenerationConfig;
  /** Goes on with an answer that ended with `CONTINUATION`; all else stays as it was in the first request. */
  continuationToken?: string;
}

export interface UsageMetadata {
  /** Includes the cached part. */
  promptTokenCount?: number;
  cachedContentTokenCount?: number;
  candidatesTokenCount?: number;
  thoughtsTokenCount?: number;
  toolUsePromptTokenCount?: number;
  totalTokenCount?: number;
}

export interface Candidate {
  content?: { role?: string; parts?: Part[] };
  finishReason?: string;
  finishMessage?: string;
  continuationToken?: string;
}

export interface GenerateContentResponse {
  candidates?: Candidate[];
  promptFeedback?: { blockReason?: string };
  usageMetadata?: UsageMetadata;
  modelVersion?: string;
  responseId?: string;
}

/** Source: google.rpc.Status with the details of google/rpc/error_details.proto. */
export interface GoogleError {
  code?: number;
  status?: string;
  message?: string;
  details?: GoogleErrorDetail[];
}

export interface GoogleErrorDetail {
  "@type"?: string;
  /** ErrorInfo */
  reason?: string;
  /** ErrorInfo, of Cloud Code Assist alone. Shape: RFC 3339; `1h2m3.5s`. */
  metadata?: { quotaResetTimeStamp?: string; quotaResetDelay?: string };
  /** RetryInfo. Shape: `46s` or `38.9s`. */
  retryDelay?: string;
  /** QuotaFailure */
  violations?: QuotaViolation[];
}

export interface QuotaViolation {
  quotaMetric?: string;
  quotaId?: string;
  quotaValue?: string;
  quotaDimensions?: Record<string, string>;
}
