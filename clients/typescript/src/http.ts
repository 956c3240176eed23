/** One HTTP request after another until one is answered: deadlines, repetition, errors. */
import type { ErrorBody } from './api-types.js';
import { AnswerError, InputError, NodeError, UnansweredError } from './errors.js';
import { sleep } from './time.js';

/** How a client reaches its node. */
export interface HttpOptions {
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string;
  /** An attempt that takes longer is given up. */
  readonly timeoutMs?: number;
  /** How often what may be repeated is tried again. */
  readonly retries?: number;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Instead of the global one. */
  readonly fetch?: typeof fetch;
}

/** What a single call may say otherwise. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

/** A request, and whether a second one of the same does no harm. */
export interface Request {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  readonly repeatable: boolean;
}

const TIMEOUT_MS = 30_000;
const RETRIES = 3;
const PAUSE_MS = 250;
/** Whoever asks for more patience than this is not asked again. */
const PAUSE_MAX_MS = 30_000;

export class Http {
  readonly base: string;
  readonly #options: HttpOptions;
  readonly #fetch: typeof fetch;

  constructor(url: string, options: HttpOptions) {
    let parsed: URL;
    try {
      parsed = new URL(url);
    } catch {
      throw new InputError('url', `\`${url}\` is not the URL of a node`);
    }
    if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') {
      throw new InputError('url', 'the URL of a node begins with http:// or https://');
    }
    // Browsers refuse such URLs, and errors would show the password.
    if (parsed.username !== '' || parsed.password !== '' || parsed.search !== '' || parsed.hash !== '') {
      throw new InputError('url', 'the URL of a node has no password, no query and no fragment');
    }
    this.base = parsed.href.replace(/\/+$/, '');
    this.#options = options;
    // A browser's fetch works on its own window alone.
    this.#fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
  }

  /** The body of the answer as JSON. */
  async json<T>(request: Request, options: CallOptions = {}): Promise<T> {
    const { body, status } = await this.#read(request, options, (answer) => answer.text());
    try {
      return JSON.parse(body) as T;
    } catch (cause) {
      throw this.#noNode(status, cause);
    }
  }

  /** The body of the answer as it is. */
  async bytes(request: Request, options: CallOptions = {}): Promise<Uint8Array> {
    const { body } = await this.#read(request, options, (answer) => answer.arrayBuffer());
    return new Uint8Array(body);
  }

  /** An answer whose body goes on for long; `signal` ends it. */
  async open(path: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
    const answer = await this.#send({ method: 'GET', path, repeatable: true }, signal, headers);
    if (!answer.ok) throw await this.#refusal(answer);
    return answer;
  }

  async #read<B>(
    request: Request,
    options: CallOptions,
    read: (answer: Response) => Promise<B>,
  ): Promise<{ body: B; status: number }> {
    const retries = this.#options.retries ?? RETRIES;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#attempt(request, options, read);
      } catch (error) {
        const pause = attempt < retries ? pauseBeforeRetry(error, request.repeatable, attempt) : undefined;
        if (pause === undefined) throw error;
        await sleep(pause, options.signal);
      }
    }
  }

  async #attempt<B>(
    request: Request,
    options: CallOptions,
    read: (answer: Response) => Promise<B>,
  ): Promise<{ body: B; status: number }> {
    options.signal?.throwIfAborted();
    const timeoutMs = options.timeoutMs ?? this.#options.timeoutMs ?? TIMEOUT_MS;
    const controller = new AbortController();
    const late = new UnansweredError(`${this.#place()} has not answered within ${timeoutMs} ms`);
    const timer = setTimeout(() => controller.abort(late), timeoutMs);
    const stop = () => controller.abort(options.signal?.reason);
    options.signal?.addEventListener('abort', stop);
    try {
      const answer = await this.#send(request, controller.signal, {});
      if (!answer.ok) throw await this.#refusal(answer);
      return { body: await this.#within(read(answer)), status: answer.status };
    } catch (error) {
      // Some implementations of fetch wrap the reason, some pass it on.
      if (controller.signal.aborted) throw controller.signal.reason;
      throw error;
    } finally {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', stop);
    }
  }

  #send(request: Request, signal: AbortSignal, headers: Record<string, string>): Promise<Response> {
    const { token } = this.#options;
    const init: RequestInit = {
      method: request.method,
      signal,
      headers: {
        ...this.#options.headers,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
    };
    if (request.body !== undefined) init.body = JSON.stringify(request.body);
    return this.#within(this.#fetch(this.base + request.path, init));
  }

  /** What fetch throws says little: that nobody answered is said here. */
  async #within<T>(sent: Promise<T>): Promise<T> {
    try {
      return await sent;
    } catch (cause) {
      throw new UnansweredError(`${this.#place()} does not answer`, { cause });
    }
  }

  async #refusal(answer: Response): Promise<Error> {
    const text = await this.#within(answer.text());
    let error: ErrorBody['error'] | undefined;
    try {
      error = (JSON.parse(text) as Partial<ErrorBody>).error;
    } catch (cause) {
      return this.#noNode(answer.status, cause);
    }
    if (typeof error?.code !== 'string' || typeof error.message !== 'string') return this.#noNode(answer.status);
    const wait = Number(answer.headers.get('retry-after') ?? Number.NaN);
    const waitMs = Number.isFinite(wait) ? wait * 1000 : undefined;
    const requestId = answer.headers.get('x-request-id') ?? undefined;
    return new NodeError<string>(answer.status, error.code, error.message, error.details ?? {}, waitMs, requestId);
  }

  /** Proxies answer with pages of their own: those of a node that is away mean that nobody answered. */
  #noNode(status: number, cause?: unknown): Error {
    const told = `${this.#place()} answers HTTP ${status} and not as a node does`;
    return status >= 500 ? new UnansweredError(told, { cause }) : new AnswerError(told, { cause });
  }

  #place(): string {
    return new URL(this.base).origin;
  }
}

/** How long to wait before a second attempt; `undefined` where there must be none. */
function pauseBeforeRetry(error: unknown, repeatable: boolean, attempt: number): number | undefined {
  // Spread, so that clients which failed together do not come back together.
  const backoff = PAUSE_MS * 2 ** attempt * (0.5 + Math.random());
  if (error instanceof UnansweredError) return repeatable ? backoff : undefined;
  if (!(error instanceof NodeError)) return undefined;
  // Refused before anything was done, and it may be taken later.
  const forNow = error.status === 429 || error.code === 'busy' || error.code === 'starting_anew';
  const unclear = error.status === 408 || error.status >= 500;
  if (!forNow && !(unclear && repeatable)) return undefined;
  const pause = error.retryAfterMs ?? backoff;
  return pause <= PAUSE_MAX_MS ? pause : undefined;
}
