import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useCommon } from '@/i18n/common';
import { copyText } from '@/lib/browser';
import { IconButton } from './icon-button';

interface Props {
  /** A long text is better made only when it is asked for. */
  text: string | (() => string);
  label?: string;
  size?: 'normal' | 'small';
  tabIndex?: number;
}

/** Copies `text`; the icon says that it has. */
export function CopyButton({ text, label, size, tabIndex }: Props) {
  const t = useCommon();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <IconButton
      icon={copied ? Check : Copy}
      size={size}
      tabIndex={tabIndex}
      label={copied ? t('copied') : (label ?? t('copy'))}
      onClick={() => void copyText(typeof text === 'string' ? text : text()).then(setCopied)}
    />
  );
}
