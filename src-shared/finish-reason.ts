/**
 * Why an answer ended, as one vocabulary for the three protocols.
 * `context-window`: the model's context is full. `pause`: the server wants the same request again to go on.
 */
export type FinishReason =
  | 'stop'
  | 'stop-sequence'
  | 'tool-calls'
  | 'length'
  | 'context-window'
  | 'refusal'
  | 'content-filter'
  | 'pause';
