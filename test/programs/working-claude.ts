/** A Claude Code that does what its settings say, and does what the model calls; `marker` is what the model is told to play. */
export const workingClaude = (marker: string) => `#!${process.execPath}
const { readFileSync, writeFileSync } = require('node:fs');
if (process.argv.includes('--version')) {
  console.log('2.1.329');
  process.exit();
}
const { env } = JSON.parse(readFileSync(process.env.HOME + '/.claude/settings.json', 'utf8'));
const task = readFileSync(0, 'utf8');
const body = {
  model: env.ANTHROPIC_MODEL,
  max_tokens: 100,
  tools: [{ name: 'Write', input_schema: { type: 'object' } }],
  messages: [{ role: 'user', content: task + '[[${marker}]]' }],
};
fetch(env.ANTHROPIC_BASE_URL + '/v1/messages', {
  method: 'POST',
  headers: { authorization: 'Bearer ' + env.ANTHROPIC_AUTH_TOKEN, 'user-agent': 'claude-cli/2.1.329' },
  body: JSON.stringify(body),
})
  .then((answer) => answer.json())
  .then(({ content, error }) => {
    console.log(error?.message ?? 'I write with ' + env.ANTHROPIC_AUTH_TOKEN);
    for (const { input } of content.filter(({ type }) => type === 'tool_use')) writeFileSync(input.path, input.text);
  });
`;
