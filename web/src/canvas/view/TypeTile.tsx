import type { NodeType } from '@/api/types';
import { cn } from '@/lib/cn';
import { hueOf, iconOf } from './icons';

/** The icon of a node type in its category's hue. */
export function TypeTile({ type, small }: { type: Pick<NodeType, 'icon' | 'category'> | undefined; small?: boolean }) {
  const Icon = iconOf(type?.icon);
  const hue = hueOf(type?.category);
  return (
    <span
      aria-hidden="true"
      className={cn('type-tile grid shrink-0 place-items-center rounded-md', small ? 'size-6' : 'size-7')}
      style={{ color: hue, background: `color-mix(in srgb, ${hue} 13%, transparent)` }}
    >
      <Icon size={small ? 14 : 16} />
    </span>
  );
}
