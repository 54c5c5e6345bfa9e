import { useT } from '@/i18n';
import { CopyButton } from '@/ui/copy-button';
import { words } from '../words';
import { asText } from './kinds';

/** Copies a value. It is made a text only then: five megabytes must not be written out for a button. */
export function CopyValue({ value, name, tabIndex }: { value: unknown; name: string; tabIndex?: number }) {
  const t = useT(words);
  return <CopyButton size="small" tabIndex={tabIndex} label={t('copyValue', { name })} text={() => asText(value)} />;
}
