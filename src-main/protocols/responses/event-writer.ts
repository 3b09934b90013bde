import type { JsonObject } from '../../../src-shared/json.ts';
import { writeSse } from '../sse.ts';

/** Writes the events of one Responses stream, numbered from 0 without a gap. */
export class EventWriter {
  #sequence = 0;

  event(type: string, fields: JsonObject): string {
    return writeSse(JSON.stringify({ type, sequence_number: this.#sequence++, ...fields }), type);
  }

  /** An event that carries a response: `fields` and then `echoed`, JSON of an object, which is written once and sent several times. */
  lifecycle(type: string, fields: JsonObject, echoed: string): string {
    const response = `${JSON.stringify(fields).slice(0, -1)},${echoed.slice(1)}`;
    return writeSse(`{"type":"${type}","sequence_number":${this.#sequence++},"response":${response}}`, type);
  }

  /** A writer of one kind of delta: what does not change is written once, for this is the hot path. */
  deltas(type: string, fields: JsonObject): (text: string) => string {
    const head = `event: ${type}\ndata: ${JSON.stringify({ type, ...fields }).slice(0, -1)},"delta":`;
    return (text) => `${head}${JSON.stringify(text)},"sequence_number":${this.#sequence++}}\n\n`;
  }
}
