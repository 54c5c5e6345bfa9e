/** Tools of a server that can't be used, each with its reason. */

import type { McpLookup } from '@/api/types';
import { useText } from '@/i18n';
import { useMcpWords } from './words';

export function LeftOut({ tools }: { tools: McpLookup['left_out'] }) {
  const t = useMcpWords();
  const text = useText();
  return (
    <details className="text-sm text-ink-2">
      <summary className="flex min-h-7 cursor-pointer items-center rounded-md">
        {t('leftOut', { n: tools.length })}
      </summary>
      <ul className="flex flex-col gap-1 pt-1">
        {tools.map((tool, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: names may be missing or come twice
          <li key={index} className="min-w-0 [overflow-wrap:anywhere]">
            <span className="font-mono">{tool.name}</span> <span className="text-ink-3">{text(tool.reason)}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
