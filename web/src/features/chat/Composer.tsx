import { ArrowUp, Square, X } from 'lucide-react';
import { type KeyboardEvent, type Ref, useId } from 'react';
import { useT } from '@/i18n';
import { Button } from '@/ui/button';
import { IconButton } from '@/ui/icon-button';
import { words } from './words';

interface Props {
  appName: string;
  text: string;
  onText(text: string): void;
  /** The last question is being changed. */
  editing: boolean;
  onEdit(editing: boolean): void;
  going: boolean;
  busy: boolean;
  stopping: boolean;
  onSend(): void;
  onStop(): void;
  ref?: Ref<HTMLTextAreaElement>;
}

export function Composer({
  appName,
  text,
  onText,
  editing,
  onEdit,
  going,
  busy,
  stopping,
  onSend,
  onStop,
  ref,
}: Props) {
  const t = useT(words);
  const hint = useId();
  const ready = text.trim() !== '' && !going && !busy;
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing) return; // Enter takes a word of an input method
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      if (ready) onSend();
    } else if (event.key === 'ArrowUp' && text === '' && !going) {
      event.preventDefault();
      onEdit(true);
    } else if (event.key === 'Escape' && editing) {
      onEdit(false);
    }
  };
  return (
    <form
      className="mx-auto w-full max-w-3xl px-4 pb-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) onSend();
      }}
    >
      {editing && (
        <p role="status" className="mb-1 flex items-center gap-1 text-sm text-ink-2">
          <span className="min-w-0 flex-1">{t('editing')}</span>
          <IconButton size="small" icon={X} label={t('stopEditing')} shortcut="Esc" onClick={() => onEdit(false)} />
        </p>
      )}
      <div className="flex items-end gap-2 rounded-lg border border-line-strong bg-surface p-1.5 focus-within:border-accent">
        <textarea
          ref={ref}
          rows={1}
          value={text}
          aria-label={t('write')}
          aria-describedby={hint}
          placeholder={t('placeholder', { name: appName })}
          onChange={(event) => onText(event.target.value)}
          onKeyDown={onKeyDown}
          className="field-sizing-content max-h-48 min-h-8 min-w-0 flex-1 resize-none bg-transparent px-2 py-1 max-sm:py-2 text-md leading-6 text-ink outline-none placeholder:text-ink-3"
        />
        {going ? (
          <Button icon={Square} busy={stopping} onClick={onStop}>
            {t('stop')}
          </Button>
        ) : (
          <Button type="submit" variant="primary" icon={ArrowUp} busy={busy} disabled={!ready}>
            {t('send')}
          </Button>
        )}
      </div>
      <p id={hint} className="mt-1 text-center text-xs text-ink-3 max-sm:sr-only">
        {t('keys')}
      </p>
    </form>
  );
}
