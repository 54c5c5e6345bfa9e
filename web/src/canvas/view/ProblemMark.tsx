import { CircleAlert, TriangleAlert } from 'lucide-react';
import { Tooltip } from 'radix-ui';
import { useText } from '@/i18n';
import { cn } from '@/lib/cn';
import { useEditor } from '../graph/store';
import { useActions } from './actions';
import { nodeProblems } from './lookup';
import { useWords } from './words';

/** How many problems a node has, on the upper edge of its card; what they are is in the tooltip and the panel. */
export function ProblemMark({ id }: { id: string }) {
  const t = useWords();
  const text = useText();
  const { openPanel } = useActions();
  const problems = useEditor((state) => nodeProblems(state.problems, id));
  if (!problems.length) return null;
  const errors = problems.filter((one) => one.severity === 'error');
  const [bad, count] = errors.length ? [true, errors.length] : [false, problems.length];
  const Icon = bad ? CircleAlert : TriangleAlert;
  return (
    <Tooltip.Provider delayDuration={200}>
      <Tooltip.Root>
        <Tooltip.Trigger asChild>
          <button
            type="button"
            tabIndex={-1}
            className={cn('node-mark nodrag', bad ? 'bg-bad-soft text-bad' : 'bg-warn-soft text-warn')}
            aria-label={t(bad ? 'errors' : 'warnings', { n: count })}
            onClick={() => {
              useEditor.getState().select({ nodes: [id] });
              openPanel();
            }}
          >
            <Icon size={12} aria-hidden="true" />
            <span className="figures">{count}</span>
          </button>
        </Tooltip.Trigger>
        <Tooltip.Portal>
          <Tooltip.Content
            side="top"
            sideOffset={6}
            collisionPadding={8}
            className="enter-fade z-60 max-w-80 rounded-md border border-line bg-surface px-3 py-2 text-sm text-ink shadow-raised"
          >
            <ul className="flex flex-col gap-1">
              {problems.slice(0, 6).map((one) => (
                <li key={`${one.code} ${one.pointer}`} className="flex items-start gap-1.5">
                  {one.severity === 'error' ? (
                    <CircleAlert size={13} aria-hidden="true" className="mt-0.5 shrink-0 text-bad" />
                  ) : (
                    <TriangleAlert size={13} aria-hidden="true" className="mt-0.5 shrink-0 text-warn" />
                  )}
                  <span>{text(one.message)}</span>
                </li>
              ))}
              {problems.length > 6 && <li className="text-ink-3">{t('andMore', { n: problems.length - 6 })}</li>}
            </ul>
          </Tooltip.Content>
        </Tooltip.Portal>
      </Tooltip.Root>
    </Tooltip.Provider>
  );
}
