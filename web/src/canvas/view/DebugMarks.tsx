/** What a person who debugs has set on a node, on the upper left of its card: a breakpoint, pinned outputs. */
import { CircleDashed, CircleDot, CircleEqual, Pin } from 'lucide-react';
import { placeOf, usePlace } from '@/runs/debug/known';
import { useDebug } from '@/runs/debug/store';
import { useActions } from './actions';
import { useWords } from './words';

type Mark = 'none' | 'plain' | 'if' | 'inside';

/** The breakpoint of a node, or that there are some inside of it; `path` is where it stands in the whole graph. */
const useMark = (path: string): Mark =>
  useDebug(({ breakpoints }) => {
    const own = breakpoints[path];
    if (own) return own.condition.length ? 'if' : 'plain';
    for (const one in breakpoints) if (one.startsWith(`${path}/`)) return 'inside';
    return 'none';
  });

export const useBreakpoint = (id: string): Mark => useMark(usePlace(id));

/** Outputs are pinned of nodes of the app's own graph only. */
export function usePinned(id: string): boolean {
  const place = usePlace(id);
  return useDebug(({ pins }) => place in pins);
}

const ICONS = { none: CircleDot, plain: CircleDot, if: CircleEqual, inside: CircleDashed } as const;

export function DebugMarks({ id }: { id: string }) {
  const t = useWords();
  const { locked } = useActions();
  const mark = useBreakpoint(id);
  const pinned = usePinned(id);
  // A past run and those who only look have nothing to set.
  if (locked) return null;
  const Icon = ICONS[mark];
  const set = mark === 'plain' || mark === 'if';
  const label = set ? t('removeBreakpoint') : t('setBreakpoint');
  return (
    <div className="debug-marks">
      <button
        type="button"
        tabIndex={-1}
        aria-pressed={set}
        aria-label={label}
        title={mark === 'if' ? `${t('breakpointIf')} · ${label}` : label}
        data-mark={mark}
        className="breakpoint nodrag"
        onClick={(event) => {
          event.stopPropagation();
          useDebug.getState().toggle(placeOf(id));
        }}
        onDoubleClick={(event) => event.stopPropagation()}
      >
        <Icon size={18} aria-hidden="true" />
      </button>
      {pinned && (
        <span className="pin-mark" title={t('pinnedHint')}>
          <Pin size={12} aria-hidden="true" />
          {t('pinnedMark')}
        </span>
      )}
    </div>
  );
}
