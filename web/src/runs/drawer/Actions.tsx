/** The drawer's buttons: run the draft, whole or step by step; pause or stop what goes on. */
import { ArrowDownToDot, ArrowRightToLine, ChevronDown, Pause, Play, Square } from 'lucide-react';
import { useEditor } from '@/canvas/graph/store';
import { useT } from '@/i18n';
import { useCan } from '@/lib/session';
import { Button } from '@/ui/button';
import { IconButton } from '@/ui/icon-button';
import { Menu, MenuItem } from '@/ui/menu';
import { useKeys, useRunningKeys } from '../debug/keys';
import { placeOf } from '../debug/known';
import { words } from '../words';
import type { Start, useDraftRun } from './useDraftRun';

interface Props {
  draft: ReturnType<typeof useDraftRun>;
  /** Sends the form. */
  onRun(how: Omit<Start, 'inputs'>): void;
}

export function Actions({ draft, onRun }: Props) {
  const t = useT(words);
  const can = useCan();
  const selected = useEditor(({ selection }) => (selection.nodes.length === 1 ? selection.nodes[0] : undefined));
  const { going, start, stop, pause, following } = draft;
  const running = going && following.view.status !== 'paused';
  const debug = can('run.debug');
  const runTo = () => selected && onRun({ to: placeOf(selected) });
  useRunningKeys(
    running,
    () => debug && pause.mutate(),
    () => stop.mutate(),
  );
  useKeys((chord) => {
    if (going || !debug) return false;
    if (chord === 'F10') onRun({ mode: 'step' });
    else if (chord === 'Mod+Shift+Enter' && selected) runTo();
    else return false;
    return true;
  });
  if (!can('run.create')) return null;
  if (going) {
    return (
      <>
        {running && debug && (
          <Button size="small" icon={Pause} busy={pause.isPending} title={t('pauseRun')} onClick={() => pause.mutate()}>
            <span className="max-sm:sr-only">{t('pause')}</span>
          </Button>
        )}
        <Button size="small" icon={Square} busy={stop.isPending} title={t('stopKey')} onClick={() => stop.mutate()}>
          {t('stop')}
        </Button>
      </>
    );
  }
  return (
    <span className="flex">
      <Button
        size="small"
        variant="primary"
        icon={Play}
        busy={start.isPending}
        title={t('runKey')}
        className={debug ? 'rounded-r-none!' : undefined}
        onClick={() => onRun({})}
      >
        {t('run')}
      </Button>
      {debug && (
        <Menu
          side="top"
          trigger={
            <IconButton
              size="small"
              icon={ChevronDown}
              label={t('runOther')}
              className="rounded-l-none! border-l border-l-surface/40 bg-accent text-accent-ink! not-disabled:hover:bg-accent! not-disabled:hover:brightness-110"
            />
          }
        >
          <MenuItem icon={ArrowDownToDot} shortcut="F10" onSelect={() => onRun({ mode: 'step' })}>
            {t('runSteps')}
          </MenuItem>
          <MenuItem icon={ArrowRightToLine} shortcut="Ctrl Shift ↵" disabled={!selected} onSelect={runTo}>
            {t('runToSelected')}
          </MenuItem>
        </Menu>
      )}
    </span>
  );
}
