import { Check, CircleAlert, CloudUpload, TriangleAlert } from 'lucide-react';
import { useFormat, useT, useText } from '@/i18n';
import { cn } from '@/lib/cn';
import { Button } from '@/ui/button';
import { Spinner } from '@/ui/spinner';
import { Tooltip } from '@/ui/tooltip';
import { useSaving } from './saving';
import { words } from './words';

/** How the draft stands, in words. */
export function SaveState({ canEdit, onRetry }: { canEdit: boolean; onRetry(): void }) {
  const t = useT(words);
  const text = useText();
  const format = useFormat();
  const { status, savedAt, error } = useSaving();
  if (!canEdit) return <span className="text-sm text-ink-3">{t('readOnly')}</span>;
  const looks = {
    saved: { icon: <Check size={14} aria-hidden="true" />, words: t('saved', { when: format.ago(savedAt) }) },
    dirty: { icon: <CloudUpload size={14} aria-hidden="true" />, words: t('dirty') },
    saving: { icon: <Spinner size={13} />, words: t('saving') },
    failed: { icon: <CircleAlert size={14} aria-hidden="true" />, words: t('saveFailed') },
    conflict: { icon: <TriangleAlert size={14} aria-hidden="true" />, words: t('conflict') },
  }[status];
  const bad = status === 'failed' || status === 'conflict';
  return (
    <span className="flex shrink-0 items-center gap-2">
      <Tooltip text={error ? text(error.text) : format.fullDateTime(savedAt)}>
        <span
          role="status"
          data-save={status}
          className={cn('flex items-center gap-1.5 text-sm whitespace-nowrap', bad ? 'text-bad' : 'text-ink-3')}
        >
          {looks.icon}
          <span className="max-sm:sr-only">{looks.words}</span>
        </span>
      </Tooltip>
      {status === 'failed' && (
        <Button size="small" onClick={onRetry}>
          {t('saveNow')}
        </Button>
      )}
    </span>
  );
}
