/** The settings and the last run of one node. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type ReactNode, useCallback, useMemo, useRef } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { scopeQuery } from '@/api/queries';
import type { GraphNode, NodeType, Scope } from '@/api/types';
import { useText } from '@/i18n';
import { useCan } from '@/lib/session';
import { useFaultLine } from '@/runs/debug/faultLine';
import { Notice } from '@/ui/notice';
import { Tabs } from '@/ui/tabs';
import { nodePorts, useEditor } from '../graph/store';
import { nodesById } from '../view/lookup';
import { besidePatch, besideSchema, besideValue } from './beside';
import type { Reveal, ScopeName, Secrets } from './form/context';
import { BESIDE, Fields } from './form/Fields';
import { SchemaForm } from './form/SchemaForm';
import type { Schema } from './form/schema';
import { InputsSection } from './InputsSection';
import { NodeHeader } from './NodeHeader';
import { ProblemList } from './ProblemList';
import { byField, useNodeProblems } from './problems';
import { useReveal } from './reveal';
import { useNodeTitle } from './titles';
import { usePanelWords } from './words';

export interface PanelActions {
  onClose(): void;
  /** Runs this node alone; without it there is no such button. */
  onRunNode?(id: string): void;
  /** Compares variants of this node on the test cases; without it there is no such entry. */
  onTune?(id: string): void;
  /** The value that a name had in the run that is shown: `retrieval_1.documents`. */
  sample?(name: string): unknown;
  /** Opens a graph that is kept inside a setting, such as an iteration's. */
  onOpenInside?(id: string, field: string): void;
}

interface Props extends PanelActions {
  node: GraphNode;
  type: NodeType | undefined;
  lastRun: ReactNode;
  tab: 'settings' | 'run';
  onTab(tab: 'settings' | 'run'): void;
  /** A field to go to, as the checker names it. */
  reveal: Reveal | null;
  onReveal(reveal: Reveal): void;
}

export function NodePanel({ node, type, lastRun, tab, onTab, reveal, onReveal, ...actions }: Props) {
  const t = usePanelWords();
  const body = useRef<HTMLDivElement>(null);
  useReveal(body, reveal);
  const settings = <Settings node={node} type={type} reveal={reveal} onReveal={onReveal} {...actions} />;
  return (
    <>
      <NodeHeader
        node={node}
        type={type}
        onClose={actions.onClose}
        onRunNode={actions.onRunNode}
        onTune={actions.onTune}
      />
      <div ref={body} className="flex min-h-0 flex-1 flex-col overflow-y-auto overscroll-contain">
        {lastRun ? (
          <Tabs
            label={t('panel')}
            value={tab}
            onChange={(next) => onTab(next === 'run' ? 'run' : 'settings')}
            className="px-3 pt-1 pb-6"
            tabs={[
              { id: 'settings', label: t('settings'), content: settings },
              { id: 'run', label: t('lastRun'), content: lastRun },
            ]}
          />
        ) : (
          <div className="px-3 pt-3 pb-6">{settings}</div>
        )}
      </div>
    </>
  );
}

const NO_CONFIG: Schema = {};
const nothing = () => undefined;

type SettingsProps = Pick<Props, 'node' | 'type' | 'reveal' | 'onReveal' | 'sample' | 'onOpenInside'>;

function Settings({ node, type, reveal, onReveal, sample = nothing, onOpenInside }: SettingsProps) {
  const t = usePanelWords();
  const text = useText();
  const canEdit = useEditor((state) => state.canEdit);
  const table = useEditor((state) => state.table);
  const ports = useEditor((state) => nodePorts(state, node.id));
  const { setConfig, patchNode } = useEditor.getState();
  const problems = useNodeProblems(node, type);
  const errors = useMemo(() => byField(problems), [problems]);
  const { scope, secrets } = useScope(node.id);
  const fault = useFaultLine(node.id);
  const inputs = useMemo(() => ports.inputs.map((port) => port.name), [ports]);
  const types = useMemo(() => [...table.keys()], [table]);
  const openInside = useCallback((field: string) => onOpenInside?.(node.id, field), [onOpenInside, node.id]);
  const beside = useMemo(() => besideSchema(node, type, ports), [node, type, ports]);
  const onField = useCallback((name: string, value: unknown) => setConfig(node.id, name, value), [setConfig, node.id]);
  return (
    <div className="flex flex-col gap-4">
      {!canEdit && <Notice>{t('readOnly')}</Notice>}
      {text(type?.description) && <p className="text-ink-2">{text(type?.description)}</p>}
      <ProblemList problems={problems} onGo={(pointer) => onReveal({ pointer })} />
      {!type && <Notice>{t('unknownTypeHint')}</Notice>}
      <InputsSection node={node} />
      <section aria-label={t('settings')} className="border-t border-line pt-3">
        <SchemaForm
          schema={type ? (type.schema as Schema) : UNKNOWN}
          value={type ? (node.config ?? NO_CONFIG) : { config: node.config ?? NO_CONFIG }}
          onField={type ? onField : (_, value) => patchNode(node.id, { config: value as GraphNode['config'] })}
          readOnly={!canEdit}
          scope={scope}
          secrets={secrets}
          inputs={inputs}
          types={types}
          sample={sample}
          errors={errors}
          reveal={reveal}
          fault={fault}
          onOpenInside={onOpenInside && openInside}
          more={
            <Fields
              schema={beside}
              root={beside}
              value={besideValue(node)}
              pointer={BESIDE}
              onField={(name, value) => patchNode(node.id, besidePatch(node, name, value))}
            />
          }
        />
      </section>
    </div>
  );
}

/** The whole configuration as JSON, where nobody here knows its fields. */
const UNKNOWN: Schema = {
  type: 'object',
  properties: { config: { type: 'object', 'x-ui': { widget: 'json', rows: 12, label: { en: 'JSON', zh: 'JSON' } } } },
};

const NO_NAMES: Scope = { items: [], secrets: [] };

/** The same lists until a name or a title in them changes: editors are set up anew for another. */
function useScope(id: string): { scope: readonly ScopeName[]; secrets: Secrets | null } {
  const can = useCan();
  const appId = useEditor((state) => state.appId);
  const checks = useEditor((state) => state.checks);
  const path = useEditor((state) => [...state.focus, id].join('/'));
  // A node that has just been added is not in the draft yet: the check that follows its save names its ports.
  const saved = useEditor((state) => state.ports[id] !== undefined);
  const { data = NO_NAMES } = useQuery({
    ...scopeQuery(appId, path, checks),
    enabled: Boolean(appId) && saved,
    placeholderData: keepPreviousData,
  });
  const { items: names, secrets: named } = data;
  const title = useNodeTitle();
  const titles = useEditor(
    useShallow((state) => {
      const nodes = nodesById(state.doc.nodes);
      return names.map(({ from }) => {
        const node = nodes.get(from);
        return node ? title(node) : from;
      });
    }),
  );
  const [maySee, mayAdd] = [can('secret.read'), can('secret.write')];
  const scope = useMemo(
    () => names.map((one, index) => ({ ...one, title: titles[index] ?? one.from })),
    [names, titles],
  );
  const secrets = useMemo(() => (maySee ? { names: named, mayAdd } : null), [named, maySee, mayAdd]);
  return { scope, secrets };
}
