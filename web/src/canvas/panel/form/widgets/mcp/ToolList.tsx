/** The tools of a server to choose from; before a lookup, those that are chosen. */
import { useId, useState } from 'react';
import type { McpLookup, McpTool } from '@/api/types';
import { Button } from '@/ui/button';
import { Input } from '@/ui/field';
import { kept, type Row, rowsOf } from './server';
import { ToolRow } from './ToolRow';
import { useMcpWords } from './words';

const MANY = 8; // rows from which on one searches

interface Props {
  tools: readonly McpTool[];
  lookup: McpLookup | null;
  /** Exactly one is to be chosen. */
  one: boolean;
  most: number;
  disabled?: boolean;
  onChange(tools: McpTool[]): void;
}

export function ToolList({ tools, lookup, one, most, disabled, onChange }: Props) {
  const t = useMcpWords();
  const id = useId();
  const [sought, setSought] = useState('');
  const rows = rowsOf(tools, lookup);
  if (!rows.length) return null;
  const words = sought.trim().toLowerCase();
  const shown = rows.filter(({ tool, found }) =>
    [tool.name, found?.title ?? '', tool.description].some((said) => said.toLowerCase().includes(words)),
  );
  const toggle = ({ tool }: Row, on: boolean) =>
    onChange(!on ? tools.filter((other) => other.name !== tool.name) : one ? [tool] : [...tools, tool]);
  const replace = (name: string, next: McpTool) => onChange(tools.map((other) => (other.name === name ? next : other)));
  const rest = shown.filter((row) => !row.chosen).slice(0, most - tools.length);
  return (
    <fieldset className="flex min-w-0 flex-col gap-1.5">
      <legend className="flex w-full flex-wrap items-center justify-between gap-x-2 pb-1 text-sm">
        <span className="font-medium text-ink-2">
          {t(one ? 'oneTool' : 'tools')}
          {!one && <span className="ml-1.5 font-normal text-ink-3">{t('chosen', { n: tools.length })}</span>}
        </span>
      </legend>
      {!one && lookup && !disabled && (
        <div className="flex gap-1">
          <Button
            size="small"
            disabled={!rest.length}
            onClick={() => onChange([...tools, ...rest.map((row) => row.tool)])}
          >
            {t('chooseAll')}
          </Button>
          <Button size="small" variant="ghost" disabled={!tools.length} onClick={() => onChange([])}>
            {t('chooseNone')}
          </Button>
        </div>
      )}
      {rows.length > MANY && (
        <Input
          type="search"
          aria-label={t('search')}
          placeholder={t('search')}
          value={sought}
          onChange={(event) => setSought(event.target.value)}
        />
      )}
      <ul className="flex flex-col gap-1">
        {shown.map((row) => (
          <ToolRow
            key={row.tool.name}
            row={row}
            group={one ? id : null}
            disabled={disabled || (!row.chosen && !one && tools.length >= most)}
            fixed={disabled}
            onToggle={(on) => toggle(row, on)}
            onRepeatable={(idempotent) => replace(row.tool.name, { ...row.tool, idempotent })}
            onTakeOver={() => row.found && replace(row.tool.name, kept(row.found))}
          />
        ))}
      </ul>
      {!shown.length && <p className="text-sm text-ink-3">{t('noneFits')}</p>}
    </fieldset>
  );
}
