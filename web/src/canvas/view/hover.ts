/** The edge under the pointer. It stays a moment, so that the pointer can reach the edge's button. */
import { create } from 'zustand';
import { useConnecting } from './connecting';

export const useHovered = create<{ edge: string | null }>(() => ({ edge: null }));

const LINGER_MS = 250;
let leaving: ReturnType<typeof setTimeout> | undefined;

export function enterEdge(id: string) {
  if (useConnecting.getState().fitting) return;
  clearTimeout(leaving);
  useHovered.setState({ edge: id });
}

export function leaveEdge() {
  clearTimeout(leaving);
  leaving = setTimeout(() => useHovered.setState({ edge: null }), LINGER_MS);
}
