import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { copyText } from '@/lib/browser';
import { IconButton } from '@/ui/icon-button';
import { words } from '../words';
import { asText } from './kinds';

/** Copies a value. It is made a text only then: five megabytes must not be written out for a button. */
export function CopyValue({ value, name, tabIndex }: { value: unknown; name: string; tabIndex?: number }) {
  const t = useT(words);
  const c = useCommon();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <IconButton
      size="small"
      tabIndex={tabIndex}
      icon={copied ? Check : Copy}
      label={copied ? c('copied') : t('copyValue', { name })}
      onClick={() => void copyText(asText(value)).then(setCopied)}
    />
  );
}
