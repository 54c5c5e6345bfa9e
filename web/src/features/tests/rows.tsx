// biome-ignore-all lint/a11y/useFocusableInteractive: cells hold buttons and links; they are not themselves controls
// biome-ignore-all lint/a11y/useSemanticElements: rows placed by transform cannot be <tr>; the roles say what they are
/** A scrolling table of which only the rows in view are in the document. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { type CSSProperties, type ReactNode, useRef } from 'react';
import { cn } from '@/lib/cn';

export function useRows<Row extends { id: string }>(items: readonly Row[], size: number) {
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => box.current,
    estimateSize: () => size,
    getItemKey: (index) => items[index]?.id ?? '',
    overscan: 6,
  });
  return { box, virtual, items };
}

interface Props<Row extends { id: string }> {
  list: Pick<ReturnType<typeof useRows<Row>>, 'virtual' | 'items'>;
  role: 'presentation' | 'rowgroup';
  /** Of a row. */
  className: string;
  style?: CSSProperties;
  /** The cells of a row. */
  children(item: Row): ReactNode;
}

export function Rows<Row extends { id: string }>({ list, role, className, style, children }: Props<Row>) {
  const { virtual, items } = list;
  return (
    <div role={role} className="relative" style={{ height: virtual.getTotalSize() }}>
      {virtual.getVirtualItems().map(({ index, start, key }) => {
        const item = items[index];
        if (!item) return null;
        return (
          <div
            key={key}
            ref={virtual.measureElement}
            data-index={index}
            role="row"
            aria-rowindex={index + 2}
            className={cn('absolute inset-x-0 top-0 border-line', index < items.length - 1 && 'border-b', className)}
            style={{ ...style, transform: `translateY(${start}px)` }}
          >
            {children(item)}
          </div>
        );
      })}
    </div>
  );
}
