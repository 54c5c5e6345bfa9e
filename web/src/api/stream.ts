/** Server-sent events over fetch: headers, abort, resume by Last-Event-ID, back-off with jitter.
 *
 * Events are handed over in batches, one per animation frame, so that a burst costs one render.
 */
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { BASE } from './client';
import { ApiError, errorFrom, unreachable } from './errors';

export type StreamState = 'open' | 'retrying' | 'closed';

export interface StreamOptions<Event> {
  signal: AbortSignal;
  /** Resume after this sequence number. */
  after?: number;
  onEvents(events: Event[]): void;
  /** True for the event after which the server ends the stream. */
  isLast(event: Event): boolean;
  onState?(state: StreamState): void;
  /** The server refused for good (404, 403 …): no more tries. */
  onError?(error: ApiError): void;
}

const FIRST_WAIT = 250;
const LONGEST_WAIT = 8000;

export function backOff(tries: number, random = Math.random()): number {
  return Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** tries) * (0.5 + random / 2);
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}

/** Collects items and gives them on once per frame (a hidden tab has no frames: every 100 ms). */
export function perFrame<Item>(deliver: (items: Item[]) => void) {
  let waiting: Item[] = [];
  let scheduled = false;
  const flush = () => {
    scheduled = false;
    const items = waiting;
    waiting = [];
    if (items.length) deliver(items);
  };
  return {
    push(item: Item) {
      waiting.push(item);
      if (scheduled) return;
      scheduled = true;
      if (document.hidden) setTimeout(flush, 100);
      else requestAnimationFrame(flush);
    },
    flush,
  };
}

async function readBody(body: ReadableStream<Uint8Array>, onMessage: (message: EventSourceMessage) => void) {
  const parser = createParser({ onEvent: onMessage });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    parser.feed(decoder.decode(value, { stream: true }));
  }
}

/** Runs until the last event, an abort or a refusal. */
export async function openStream<Event>(path: string, options: StreamOptions<Event>): Promise<void> {
  const { signal } = options;
  let lastId = options.after ? String(options.after) : '';
  let ended = false;
  let tries = 0;
  const frame = perFrame<Event>((events) => !signal.aborted && options.onEvents(events));
  const onMessage = (message: EventSourceMessage) => {
    if (message.id) lastId = message.id;
    const event = JSON.parse(message.data) as Event;
    if (options.isLast(event)) ended = true;
    frame.push(event);
  };
  while (!signal.aborted && !ended) {
    try {
      const response = await fetch(BASE + path, {
        signal,
        credentials: 'same-origin',
        headers: { Accept: 'text/event-stream', ...(lastId ? { 'Last-Event-ID': lastId } : {}) },
      });
      if (!response.ok) throw errorFrom(response.status, await response.json().catch(() => null));
      if (!response.body) throw unreachable();
      options.onState?.('open');
      tries = 0;
      await readBody(response.body, onMessage);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429) {
        options.onError?.(error);
        return;
      }
    }
    if (ended) break;
    options.onState?.('retrying');
    await wait(backOff(tries++), signal);
  }
  frame.flush();
  if (!signal.aborted) options.onState?.('closed');
}
