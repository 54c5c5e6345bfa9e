/** Why somebody who left for their company's sign-in is back here without a session. */
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Notice } from '@/ui/notice';
import { words } from './words';

export default function Returned({ code }: { code: string }) {
  const t = useT(words);
  const c = useCommon();
  const key = `error_${code}`;
  return (
    <Notice kind="bad">
      <p className="text-ink">{t(key in words.en ? (key as keyof typeof words.en) : 'error_other')}</p>
      {/* It comes from the address bar: cut, and only ever text. */}
      <p className="mt-0.5 font-mono text-xs break-all text-ink-2">{c('code', { code: code.slice(0, 40) })}</p>
    </Notice>
  );
}
