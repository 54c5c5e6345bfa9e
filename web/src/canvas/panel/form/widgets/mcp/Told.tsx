/** What a model is told of a tool, word for word; and what the server says now, where that differs. */
import { useId } from 'react';
import type { McpTool } from '@/api/types';
import { Button } from '@/ui/button';
import { Switch } from '@/ui/field';
import { argumentsOf, type Row } from './server';
import { useMcpWords } from './words';

interface Props {
  id: string;
  row: Row;
  disabled?: boolean;
  onRepeatable(on: boolean): void;
  onTakeOver(): void;
}

export function Told({ id, row, disabled, onRepeatable, onTakeOver }: Props) {
  const t = useMcpWords();
  const help = useId();
  const { tool, found, chosen, since } = row;
  return (
    <div id={id} className="flex flex-col gap-3 border-t border-line px-2.5 py-2.5 text-sm">
      <p className="text-ink-3">{t(chosen ? 'told' : 'wouldBeTold')}</p>
      <Words tool={tool} />
      {since === 'changed' && found && (
        <section
          aria-label={t('now')}
          className="flex flex-col gap-2 rounded-md border border-warn/40 bg-surface p-2.5"
        >
          <p className="font-medium text-warn">{t('now')}</p>
          <Words tool={found} />
          <Button size="small" className="self-start" disabled={disabled} onClick={onTakeOver}>
            {t('takeOver')}
          </Button>
        </section>
      )}
      {chosen && (
        <div className="flex items-start justify-between gap-3 border-t border-line pt-2.5">
          <div className="min-w-0">
            <p className="font-medium text-ink-2">{t('repeatSwitch')}</p>
            <p id={help} className="text-ink-3">
              {t('repeatHelp')}
            </p>
          </div>
          <Switch
            label={t('repeatSwitch')}
            aria-describedby={help}
            checked={tool.idempotent}
            disabled={disabled}
            onChange={onRepeatable}
          />
        </div>
      )}
    </div>
  );
}

function Words({ tool }: { tool: McpTool }) {
  const t = useMcpWords();
  const takes = argumentsOf(tool.input_schema);
  return (
    <>
      <p className="whitespace-pre-wrap text-ink [overflow-wrap:anywhere]">{tool.description || t('noDescription')}</p>
      {takes.length ? (
        <dl aria-label={t('arguments')} className="flex flex-col gap-1.5">
          {takes.map((one) => (
            <div key={one.name} className="min-w-0 [overflow-wrap:anywhere]">
              <dt>
                <span className="font-mono">{one.name}</span> <span className="text-ink-3">{one.type}</span>
                {one.required && <span className="text-ink-3"> · {t('required')}</span>}
              </dt>
              {one.description && <dd className="whitespace-pre-wrap text-ink-2">{one.description}</dd>}
            </div>
          ))}
        </dl>
      ) : (
        <p className="text-ink-3">{t('noArguments')}</p>
      )}
    </>
  );
}
