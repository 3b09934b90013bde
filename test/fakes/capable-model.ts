/**
 * A Chat Completions server whose model does what it is asked, as far as a check-up asks it: calls tools, uses their results, reads
 * JSON schemas, sees a red image, remembers. Each fault takes one of these away.
 */
import { createServer, type ServerResponse } from 'node:http';

export type ModelFault =
  | 'leaks-calls'
  | 'no-tools'
  | 'refuses-tools'
  | 'refuses-named-choice'
  | 'one-call'
  | 'wrong-arguments'
  | 'forgets-results'
  | 'no-cache'
  | 'truncates'
  | 'cut'
  | 'down'
  | 'whole'
  | 'no-reasoning'
  | 'reasoning-in-text'
  | 'blind'
  | 'silent'
  | 'hangs';

export interface CapableModel {
  /** Without /v1. */
  readonly url: string;
  /** Bodies of the requests, in order. */
  readonly requests: readonly Body[];
  /** How many clients left before their answer was whole. */
  left(): number;
  close(): Promise<void>;
}

interface Message {
  readonly role: string;
  readonly content: unknown;
}
interface Body {
  readonly messages: readonly Message[];
  readonly tools?: readonly { readonly function: { readonly name: string } }[];
  readonly tool_choice?: unknown;
  readonly stop?: unknown;
  readonly max_tokens?: number;
  readonly response_format?: { readonly type: string };
  readonly chat_template_kwargs?: { readonly enable_thinking?: boolean };
}
interface Reply {
  readonly reasoning?: string;
  readonly text?: string;
  readonly calls?: readonly unknown[];
}

const trip = { traveller: { name: 'Ada Lovelace', age: 36 }, stops: [{ city: 'Paris', nights: 2 }] };

function textOf(content: unknown): string {
  return typeof content === 'string' ? content : JSON.stringify(content ?? '');
}

/** @param faults what this model can't do */
export async function startCapableModel(...faults: readonly ModelFault[]): Promise<CapableModel> {
  const has = (fault: ModelFault): boolean => faults.includes(fault);
  const requests: Body[] = [];
  let left = 0;
  let before = '';

  function reply(body: Body): Reply {
    const question = textOf(body.messages.findLast(({ role }) => role === 'user')?.content);
    const all = body.messages.map(({ content }) => textOf(content)).join('\n');
    if (has('silent')) return {};
    if (question.includes('Count from one'))
      return { text: 'one, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve, thirteen, fourteen.' };
    if (question.includes('capital letters')) return { text: (all.match(/\b[A-Z]{5,}\b/g) ?? []).join(' ') };
    if (body.messages.at(-1)?.role === 'tool')
      return { text: has('forgets-results') ? 'I do not know.' : `17 degrees, says ${/KESTREL/.exec(all)?.[0]}.` };
    if (body.tools !== undefined) return toolReply(body, question);
    if (body.response_format?.type === 'json_schema') return { text: '{"city":"Paris","inhabitants":2100000}' };
    if (body.stop !== undefined) return { text: 'alpha bravo charlie ' };
    if (all.includes('image_url')) return { text: has('blind') ? 'I see no image.' : 'Red.' };
    if (question.includes('red box')) {
      const numbers = [...all.matchAll(/(?:red|blue) box is (\d+)/g)].map(([, number]) => number);
      return { text: (has('truncates') ? numbers.slice(1) : numbers).join(' and ') };
    }
    if (question.includes('sixty')) return { text: 'one, two, three, four, five, '.repeat(12) };
    if (question.includes('A bat')) {
      const wanted = body.chat_template_kwargs?.enable_thinking !== false;
      if (has('reasoning-in-text')) return { text: 'Let me see: five.</think>0.05' };
      return wanted && !has('no-reasoning') ? { reasoning: 'x + x + 1 = 1.1', text: '0.05' } : { text: '0.05' };
    }
    return { text: 'Hello to you.' };
  }

  function toolReply(body: Body, question: string): Reply {
    const name = body.tools?.[0]?.function.name ?? '';
    const right = name === 'book_trip' ? [trip] : [{ city: 'Paris' }];
    if (has('no-tools')) return { text: 'I have no tools.' };
    if (has('leaks-calls'))
      return { text: `<tool_call>\n${JSON.stringify({ name, arguments: right[0] })}\n</tool_call>` };
    if (has('wrong-arguments')) return { calls: [{ place: 7 }] };
    return {
      calls:
        question.includes('Rome') && name === 'get_weather' && !has('one-call') ? [...right, { city: 'Rome' }] : right,
    };
  }

  function refusal(body: Body): string | null {
    if (has('refuses-tools') && body.tools !== undefined)
      return '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set';
    if (has('refuses-named-choice') && typeof body.tool_choice === 'object') return 'tool_choice must be a string';
    return null;
  }

  async function play(response: ServerResponse, body: Body): Promise<void> {
    const chunk = (delta: unknown, finish: string | null = null): string =>
      `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
    const { reasoning, text = '', calls = [] } = reply(body);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    if (reasoning !== undefined) response.write(chunk({ reasoning_content: reasoning }));
    const pieces = has('whole') ? [text] : (text.match(/.{1,12}/gs) ?? []);
    for (const piece of pieces) {
      response.write(chunk({ content: piece }));
      if (text.length > 200) await new Promise((resolve) => setTimeout(resolve, 2));
      if (has('cut') && text.length > 200) return void response.destroy();
    }
    for (const [index, input] of calls.entries()) {
      const call = { name: body.tools?.[0]?.function.name, arguments: JSON.stringify(input) };
      response.write(chunk({ tool_calls: [{ index, id: `call_${index}`, type: 'function', function: call }] }));
    }
    const isCut = body.max_tokens !== undefined && text.length > body.max_tokens * 4;
    response.write(chunk({}, calls.length > 0 ? 'tool_calls' : isCut ? 'length' : 'stop'));
    // Tokens of four characters; what two prompts begin with alike comes from the cache.
    const prompt = JSON.stringify(body.messages);
    let alike = 0;
    while (alike < prompt.length && prompt[alike] === before[alike]) alike += 1;
    before = prompt;
    const usage = {
      prompt_tokens: Math.ceil(prompt.length / 4),
      completion_tokens: Math.max(1, Math.ceil(text.length / 4)),
      prompt_tokens_details: { cached_tokens: has('no-cache') ? 0 : Math.floor(alike / 4) },
    };
    response.end(`data: ${JSON.stringify({ id: 'c', choices: [], usage })}\n\ndata: [DONE]\n\n`);
  }

  const server = createServer((request, response) => {
    void (async () => {
      let text = '';
      for await (const piece of request) text += String(piece);
      const json = (status: number, value: unknown): void =>
        void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
      if (request.method === 'GET') {
        if (request.url === '/v1/models') json(200, { object: 'list', data: [{ id: 'm', object: 'model' }] });
        else json(404, { error: { message: 'not found' } });
        return;
      }
      const body: Body = JSON.parse(text);
      if (request.url !== '/v1/chat/completions') return json(404, { error: { message: 'not found' } });
      requests.push(body);
      response.once('close', () => {
        if (!response.writableFinished) left += 1;
      });
      if (has('hangs')) return;
      if (has('down')) return json(503, { error: { message: 'busy' } });
      const refused = refusal(body);
      if (refused !== null) return json(400, { error: { message: refused, type: 'BadRequestError', code: 400 } });
      await play(response, body);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was bound');
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    left: () => left,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
