import { useT } from '@/i18n';
import { Button } from '@/ui/button';
import { Notice } from '@/ui/notice';
import { words } from '../words';

/** Values that the app no longer asks for. */
export function LeftOver({ values, onDrop }: { values: Readonly<Record<string, unknown>>; onDrop(): void }) {
  const t = useT(words);
  const names = Object.keys(values);
  if (!names.length) return null;
  return (
    <Notice
      kind="warn"
      title={t('leftOver', { names: names.join(', ') })}
      actions={
        <Button size="small" onClick={onDrop}>
          {t('dropLeftOver')}
        </Button>
      }
    >
      {t('leftOverHint')}
    </Notice>
  );
}
