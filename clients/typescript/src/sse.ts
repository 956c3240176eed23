/** The text of server-sent events, as the HTML standard has it. */

/** An event of the stream; a comment has no data. */
export interface SseMessage {
  readonly event: string;
  readonly data: string | undefined;
}

/** Takes the stream in pieces, wherever it was cut. */
export class SseParser {
  /** Of the last event that had one; what a new stream is to go on after. */
  lastEventId: string | undefined;
  /** How long the server asks to wait before a new stream. */
  retryMs: number | undefined;
  #rest = '';
  #event = '';
  #data: string[] = [];
  #id: string | undefined;

  /** The events that this piece completes. */
  push(piece: string): SseMessage[] {
    const text = this.#rest + piece;
    // A carriage return at the end may be half of a line's end.
    const end = text.endsWith('\r') ? text.length - 1 : text.length;
    const lines = text.slice(0, end).split(/\r\n|\n|\r/);
    this.#rest = (lines.pop() ?? '') + text.slice(end);
    const messages: SseMessage[] = [];
    for (const line of lines) {
      const message = line === '' ? this.#dispatch() : this.#field(line);
      if (message) messages.push(message);
    }
    return messages;
  }

  #field(line: string): SseMessage | undefined {
    const colon = line.indexOf(':');
    // Comments keep the stream open, and tell that it is.
    if (colon === 0) return { event: 'comment', data: undefined };
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'event') this.#event = value;
    else if (name === 'data') this.#data.push(value);
    else if (name === 'id' && !value.includes('\0')) this.#id = value;
    else if (name === 'retry' && /^[0-9]{1,7}$/.test(value)) this.retryMs = Number(value);
    return undefined;
  }

  #dispatch(): SseMessage | undefined {
    const [event, data] = [this.#event === '' ? 'message' : this.#event, this.#data];
    this.#event = '';
    this.#data = [];
    // Only what has come whole counts as received.
    this.lastEventId = this.#id ?? this.lastEventId;
    return data.length === 0 ? undefined : { event, data: data.join('\n') };
  }
}
