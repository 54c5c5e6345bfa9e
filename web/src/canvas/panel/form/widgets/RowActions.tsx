import { ArrowDown, ArrowUp, EllipsisVertical, Trash2 } from 'lucide-react';
import { IconButton } from '@/ui/icon-button';
import { Menu, MenuItem } from '@/ui/menu';
import { usePanelWords } from '../../words';

interface Props {
  /** What the row is called, for the buttons' names. */
  name: string;
  index: number;
  count: number;
  disabled?: boolean;
  removable?: boolean;
  onMove(by: number): void;
  onRemove(): void;
}

/** Order and removal of one row; without a question, as undo brings it back. */
export function RowActions({ name, index, count, disabled, removable = true, onMove, onRemove }: Props) {
  const t = usePanelWords();
  return (
    <span className="flex shrink-0">
      {count > 1 && (
        <Menu
          trigger={
            <IconButton icon={EllipsisVertical} size="small" label={t('orderNamed', { name })} disabled={disabled} />
          }
        >
          <MenuItem icon={ArrowUp} disabled={index === 0} onSelect={() => onMove(-1)}>
            {t('moveUp')}
          </MenuItem>
          <MenuItem icon={ArrowDown} disabled={index === count - 1} onSelect={() => onMove(1)}>
            {t('moveDown')}
          </MenuItem>
        </Menu>
      )}
      <IconButton
        icon={Trash2}
        size="small"
        label={t('removeNamed', { name })}
        disabled={disabled || !removable}
        onClick={onRemove}
      />
    </span>
  );
}
