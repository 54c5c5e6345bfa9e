import { useCallback, useSyncExternalStore } from 'react';

/** Whether the window is at least so wide, in pixels. */
export function useWide(width: number): boolean {
  const query = `(min-width: ${width}px)`;
  const listen = useCallback(
    (onChange: () => void) => {
      const media = matchMedia(query);
      media.addEventListener('change', onChange);
      return () => media.removeEventListener('change', onChange);
    },
    [query],
  );
  return useSyncExternalStore(listen, () => matchMedia(query).matches);
}
