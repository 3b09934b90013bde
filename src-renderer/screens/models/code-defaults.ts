/** What makers of models for code suggest: the likeliest word, nearly always. */
export const codeDefaults = { temperature: 0.1 } as const;
