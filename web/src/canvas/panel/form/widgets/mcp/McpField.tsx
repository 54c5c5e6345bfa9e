/** Tools of an MCP server: its address, a lookup, and the tools that are chosen, kept as they were found. */
import { useMutation } from '@tanstack/react-query';
import { Search } from 'lucide-react';
import { useId } from 'react';
import { api } from '@/api/client';
import type { McpLookup, McpTool } from '@/api/types';
import { Button } from '@/ui/button';
import { Input } from '@/ui/field';
import { ErrorNotice } from '@/ui/notice';
import type { WidgetProps } from '../../context';
import { Fold } from '../../Fields';
import { fieldsOf, isRecord, limits, pointerOf, type Schema } from '../../schema';
import { useDraft } from '../../useDraft';
import { KeyValueField } from '../KeyValue';
import { withField } from '../Object';
import { LeftOut } from './LeftOut';
import { type McpServer, serverOf } from './server';
import { ToolList } from './ToolList';
import { useMcpWords } from './words';

/** The value stays what it is but for the parts that are edited: what the server's schema adds one day is kept. */
const withParts = (value: unknown, parts: Partial<McpServer>) =>
  Object.entries(parts).reduce((made, [name, part]) => withField(made, name, part), isRecord(value) ? value : {});

export function McpField({ spec, root, value, onChange, pointer, control }: WidgetProps) {
  const t = useMcpWords();
  const id = useId();
  const server = serverOf(value);
  const lookUp = useMutation({
    mutationFn: async (url: string) => {
      const lookup = await api.post<McpLookup>('/tools/mcp', { url, headers: server.headers });
      return { url, lookup };
    },
  });
  const draft = useDraft(server.url, (url) => onChange(withParts(value, { url: url.trim() })));
  // What another address offers says nothing of this one.
  const lookup = lookUp.data && lookUp.data.url === server.url ? lookUp.data.lookup : null;
  const ask = () => {
    draft.flush();
    const url = draft.text.trim();
    if (url && !control.disabled) lookUp.mutate(url);
  };
  const keep = (tools: McpTool[]) =>
    onChange(withParts(value, { tools, protocol: lookup?.protocol || server.protocol }));
  return (
    <div className="flex min-w-0 flex-col gap-2.5 border-l-2 border-line pl-3">
      <div className="flex flex-col gap-1">
        <label htmlFor={control.id} className="text-sm font-medium text-ink-2">
          {t('address')}
        </label>
        <Input
          id={control.id}
          aria-describedby={control['aria-describedby']}
          aria-invalid={control['aria-invalid']}
          disabled={control.disabled}
          value={draft.text}
          placeholder={t('addressHint')}
          autoComplete="off"
          spellCheck={false}
          inputMode="url"
          onChange={(event) => draft.onChange(event.target.value)}
          onBlur={draft.flush}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && !event.nativeEvent.isComposing) ask();
          }}
        />
      </div>
      <Fold title={t('headers')} holds={[pointerOf(pointer, 'headers')]} mark={marked(server)}>
        <p className="text-sm text-ink-3">{t('headersHelp')}</p>
        <KeyValueField
          spec={fieldsOf(spec.schema, root).find(({ name }) => name === 'headers') ?? spec}
          root={root}
          value={server.headers}
          onChange={(headers) => onChange(withParts(value, { headers: headers as McpServer['headers'] }))}
          pointer={pointerOf(pointer, 'headers')}
          control={{ id: `${id}-headers`, 'aria-labelledby': '', disabled: control.disabled }}
          label={t('headers')}
        />
      </Fold>
      <Button
        icon={Search}
        size="small"
        className="self-start"
        busy={lookUp.isPending}
        disabled={control.disabled || !draft.text.trim()}
        onClick={ask}
      >
        {t(lookup || server.tools.length > 0 ? 'lookUpAgain' : 'lookUp')}
      </Button>
      <div aria-live="polite" className="text-sm text-ink-3 empty:hidden">
        {!lookup && !server.tools.length && !lookUp.isPending && !lookUp.error && t('enterAddress')}
        {lookup && !lookUp.isPending && said(t, lookup)}
      </div>
      {lookUp.error && !lookUp.isPending && <ErrorNotice error={lookUp.error} />}
      <ToolList
        tools={server.tools}
        lookup={lookup}
        one={spec.hints.one === true}
        most={mostTools(spec.schema)}
        disabled={control.disabled}
        onChange={keep}
      />
      {lookup && lookup.left_out.length > 0 && <LeftOut tools={lookup.left_out} />}
    </div>
  );
}

const marked = (server: McpServer) => Object.keys(server.headers).join(', ');

function said(t: ReturnType<typeof useMcpWords>, lookup: McpLookup): string {
  if (!lookup.tools.length && !lookup.left_out.length) return t('nothingOffered');
  return t(lookup.more ? 'foundMore' : 'found', { n: lookup.tools.length });
}

function mostTools(schema: Schema): number {
  const tools = isRecord(schema.properties) ? schema.properties.tools : null;
  return isRecord(tools) ? limits(tools).most : Number.POSITIVE_INFINITY;
}
