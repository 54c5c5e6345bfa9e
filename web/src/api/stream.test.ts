import { afterEach, describe, expect, it, vi } from 'vitest';
import { backOff, openStream } from './stream';

interface Event {
  type: string;
  seq?: number;
}

const message = (event: Event) => `${event.seq ? `id: ${event.seq}\n` : ''}data: ${JSON.stringify(event)}\n\n`;

function body(...parts: string[]) {
  return new Response(
    new ReadableStream({
      start(controller) {
        for (const part of parts) controller.enqueue(new TextEncoder().encode(part));
        controller.close();
      },
    }),
  );
}

afterEach(() => vi.unstubAllGlobals());

describe('openStream', () => {
  it('resumes after a cut with the last id and loses nothing', async () => {
    const asked: (string | undefined)[] = [];
    const answers = [
      body(message({ type: 'a', seq: 1 }), 'id: 2\ndata: {"type":'), // cut in the middle of an event
      body(message({ type: 'b', seq: 2 }), message({ type: 'end', seq: 3 })),
    ];
    vi.stubGlobal('fetch', async (_: string, init: RequestInit) => {
      asked.push((init.headers as Record<string, string>)['Last-Event-ID']);
      return answers.shift();
    });
    const seen: string[] = [];
    const states: string[] = [];
    await openStream<Event>('/runs/x/events', {
      signal: new AbortController().signal,
      onEvents: (events) => seen.push(...events.map((event) => event.type)),
      isLast: (event) => event.type === 'end',
      onState: (state) => states.push(state),
    });
    expect(asked).toEqual([undefined, '1']);
    expect(seen).toEqual(['a', 'b', 'end']);
    expect(states).toEqual(['open', 'retrying', 'open', 'closed']);
  });

  it('gives up when the server refuses', async () => {
    vi.stubGlobal(
      'fetch',
      async () => new Response('{"error":{"code":"no_run","message":{"en":"no"}}}', { status: 404 }),
    );
    const onError = vi.fn();
    await openStream<Event>('/runs/x/events', {
      signal: new AbortController().signal,
      onEvents: () => {},
      isLast: () => false,
      onError,
    });
    expect(onError.mock.calls[0]?.[0].code).toBe('no_run');
  });
});

it('waits longer each time, within bounds', () => {
  expect(backOff(0, 1)).toBe(250);
  expect(backOff(3, 1)).toBe(2000);
  expect(backOff(20, 1)).toBe(8000);
  expect(backOff(20, 0)).toBe(4000);
});
