/** A scrolling list of which only the rows in view are in the document. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef } from 'react';

export function useRows(count: number, size: number, keyOf: (index: number) => string) {
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => box.current,
    estimateSize: () => size,
    getItemKey: keyOf,
    overscan: 6,
  });
  return { box, virtual, rows: virtual.getVirtualItems() };
}
