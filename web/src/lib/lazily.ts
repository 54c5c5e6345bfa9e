/** Pieces of the page that come when they are wanted, and that are waited for while the server is away: nothing of what
 * is open is lost by it. */
import { type ComponentType, lazy } from 'react';
import { create } from 'zustand';
import { api } from '@/api/client';

const PAUSE_MS = 1000;

/** How many pieces are waited for because the server did not answer. */
export const useAwaited = create(() => 0);

// biome-ignore lint/suspicious/noExplicitAny: what React.lazy takes
export const lazily = <Piece extends ComponentType<any>>(load: () => Promise<{ default: Piece }>) =>
  lazy(() => arrival(load));

/** A module, asked for until the server has it. One that is gone from a server that answers went by an upgrade. */
export async function arrival<Module>(load: () => Promise<Module>): Promise<Module> {
  const first = await load().catch(() => null);
  if (first) return first;
  useAwaited.setState((count) => count + 1, true);
  try {
    for (;;) {
      const answers = await api.get('/setup').then(
        () => true,
        () => false,
      );
      if (answers) return await load().catch(renewed<Module>);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  } finally {
    useAwaited.setState((count) => count - 1, true);
  }
}

/** The page of the new version: one silent reload, not a loop. */
function renewed<Module>(error: unknown): Promise<Module> {
  const key = 'atoll.reloaded';
  if (Date.now() - Number(sessionStorage.getItem(key) ?? 0) < 60_000) throw error;
  sessionStorage.setItem(key, String(Date.now()));
  location.reload();
  return new Promise(() => {});
}
