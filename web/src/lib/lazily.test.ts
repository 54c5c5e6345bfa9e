import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { arrival, useAwaited } from './lazily';

const MISSING = new TypeError('Failed to fetch dynamically imported module');
const reload = vi.fn();

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('location', { reload });
  const kept = new Map<string, string>();
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  reload.mockReset();
});

/** A server that answers from the nth time on. */
function awayFor(times: number) {
  let left = times;
  const fetch = vi.fn(async () => {
    if (left-- > 0) throw new TypeError('Failed to fetch');
    return new Response('{"needed": false}', { headers: { 'content-type': 'application/json' } });
  });
  vi.stubGlobal('fetch', fetch);
  return fetch;
}

describe('a piece of the page', () => {
  it('is waited for while the server is away, and the page stays', async () => {
    const asked = awayFor(3);
    const load = vi.fn().mockRejectedValueOnce(MISSING).mockResolvedValue('piece');
    const coming = arrival(load);
    await vi.advanceTimersByTimeAsync(2500);
    expect(useAwaited.getState()).toBe(1);
    expect(load).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await coming).toBe('piece');
    expect(asked).toHaveBeenCalledTimes(4);
    expect(useAwaited.getState()).toBe(0);
    expect(reload).not.toHaveBeenCalled();
  });

  it('that an upgrade took away makes the page new once, and is an error then', async () => {
    awayFor(0);
    const load = vi.fn().mockRejectedValue(MISSING);
    void arrival(load);
    await vi.advanceTimersByTimeAsync(0);
    expect(reload).toHaveBeenCalledTimes(1);
    await expect(arrival(load)).rejects.toBe(MISSING);
    expect(reload).toHaveBeenCalledTimes(1);
  });
});
