/** Nothing is selected: where the graph stands and the one next step. */
import { CircleCheck, CircleX, Lightbulb, type LucideIcon, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useText } from '@/i18n';
import { cn } from '@/lib/cn';
import { useEditor } from '../graph/store';
import { FlowLink } from './FlowLink';
import { Frame } from './Frame';
import { Section } from './Section';
import { useNodeTitle } from './titles';
import { usePanelWords } from './words';

const MOST = 6;

export function NothingView({ onClose }: { onClose(): void }) {
  const t = usePanelWords();
  const text = useText();
  const doc = useEditor((state) => state.doc);
  const types = useEditor((state) => state.types);
  const problems = useEditor((state) => state.problems);
  const title = useNodeTitle();
  const { select } = useEditor.getState();
  const named = problems.filter((problem) => problem.node || problem.edge !== null);
  const errors = problems.filter((problem) => problem.severity === 'error').length;
  const results = [...types.values()].filter((type) => type.result);
  const gives = doc.nodes.some((node) => types.get(node.type)?.result);
  const next = () => {
    if (!doc.nodes.length)
      return (
        <Step icon={Lightbulb} title={t('startTitle')}>
          {t('startHint')}
        </Step>
      );
    if (errors)
      return (
        <Step icon={CircleX} tone="bad" title={t('fixTitle', { n: errors })}>
          {t('fixHint')}
        </Step>
      );
    if (!gives) {
      const names = results.map((type) => text(type.label)).join(t('or_list'));
      return (
        <Step icon={Lightbulb} title={t('resultTitle')}>
          {t('resultHint', { names })}
        </Step>
      );
    }
    return (
      <Step icon={CircleCheck} tone="ok" title={t('readyTitle')}>
        {t('readyHint')}
      </Step>
    );
  };
  const nodeOf = (id: string | null) => doc.nodes.find((node) => node.id === id);
  return (
    <Frame
      title={t('overview')}
      hint={`${t('nNodes', { n: doc.nodes.length })} · ${t('nEdges', { n: doc.edges.length })}`}
      onClose={onClose}
    >
      {next()}
      {named.length > 0 && (
        <Section title={t('problems')}>
          <ul className="flex flex-col gap-0.5">
            {named.slice(0, MOST).map((problem, index) => {
              const node = nodeOf(problem.node);
              const bad = problem.severity === 'error';
              const Icon = bad ? CircleX : TriangleAlert;
              const edge = problem.edge === null ? undefined : useEditor.getState().edgeIds[problem.edge];
              return (
                // biome-ignore lint/suspicious/noArrayIndexKey: the same sentence may be said twice
                <li key={`${index} ${problem.code}`}>
                  <button
                    type="button"
                    onClick={() => select(edge ? { edges: [edge] } : { nodes: node ? [node.id] : [] })}
                    className="-mx-1.5 flex w-[calc(100%+0.75rem)] items-start gap-2 rounded-md px-1.5 py-1 text-left hover:bg-sunken"
                  >
                    <Icon
                      size={15}
                      aria-hidden="true"
                      className={cn('mt-0.5 shrink-0', bad ? 'text-bad' : 'text-warn')}
                    />
                    <span className="min-w-0 flex-1">
                      <span className="block font-medium">
                        <span className="sr-only">{t(bad ? 'error' : 'warning')} </span>
                        {node ? title(node) : t('edge')}
                      </span>
                      <span className="block text-sm text-ink-2 [overflow-wrap:anywhere]">{text(problem.message)}</span>
                    </span>
                  </button>
                  <FlowLink code={problem.code} className="ml-5.5" />
                </li>
              );
            })}
          </ul>
          {named.length > MOST && <p className="text-sm text-ink-3">{t('moreProblems', { n: named.length - MOST })}</p>}
        </Section>
      )}
      {doc.nodes.length > 0 && (
        <Section title={t('tips')}>
          <ul className="flex list-disc flex-col gap-1 pl-4 text-ink-2 marker:text-ink-3">
            <li>{t('tipSelect')}</li>
            <li>{t('tipConnect')}</li>
            <li>{t('tipVariables')}</li>
          </ul>
        </Section>
      )}
    </Frame>
  );
}

interface StepProps {
  icon: LucideIcon;
  tone?: 'bad' | 'ok';
  title: string;
  children: ReactNode;
}

function Step({ icon: Icon, tone, title, children }: StepProps) {
  const color = tone === 'bad' ? 'text-bad' : tone === 'ok' ? 'text-ok' : 'text-accent';
  return (
    <div className="flex gap-2.5 rounded-lg border border-line bg-canvas px-3 py-2.5">
      <Icon size={16} aria-hidden="true" className={cn('mt-0.5 shrink-0', color)} />
      <div className="min-w-0">
        <p className="font-semibold">{title}</p>
        <p className="text-ink-2">{children}</p>
      </div>
    </div>
  );
}
