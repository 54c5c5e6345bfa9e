import { Download } from 'lucide-react';
import { url } from '@/api/client';
import { useT } from '@/i18n';
import { Button } from '@/ui/button';
import { Menu, MenuItem, MenuLabel } from '@/ui/menu';
import type { Bounds } from './period';
import { words } from './words';

const FORMATS = ['json', 'csv', 'ecs', 'proof'] as const;

/** All records of the time that is chosen, as a file. That somebody took them along is a record too. */
export function ExportMenu({ bounds }: { bounds: Bounds }) {
  const t = useT(words);
  const some = bounds.since !== undefined || bounds.until !== undefined;
  return (
    <Menu trigger={<Button icon={Download}>{t('export')}</Button>}>
      <MenuLabel>{some ? t('exportSome') : t('exportAll')}</MenuLabel>
      {FORMATS.map((format) => (
        <MenuItem
          key={format}
          onSelect={() => location.assign(url('/audit/export', { format, since: bounds.since, until: bounds.until }))}
        >
          {t(`export_${format}`)}
        </MenuItem>
      ))}
    </Menu>
  );
}
