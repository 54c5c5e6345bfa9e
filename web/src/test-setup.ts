import { cleanup, configure } from '@testing-library/react';
import { afterEach } from 'vitest';

afterEach(cleanup);

// What comes by itself, a lazy part among it, comes late on a busy machine; a test that fails waits this long, no other.
configure({ asyncUtilTimeout: 10_000 });

// jsdom has no layout; Radix and the virtual lists ask for these.
class NoResize {
  observe() {}
  unobserve() {}
  disconnect() {}
}
globalThis.ResizeObserver ??= NoResize as unknown as typeof ResizeObserver;
Element.prototype.scrollIntoView ??= () => {};
Element.prototype.hasPointerCapture ??= () => false;
