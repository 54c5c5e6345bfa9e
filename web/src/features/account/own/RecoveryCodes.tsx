import { Download } from 'lucide-react';
import { useT } from '@/i18n';
import { Button } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { Dialog } from '@/ui/dialog';
import { Notice } from '@/ui/notice';
import { words } from './words';

/** Shown once. */
export function RecoveryCodes({ codes, onClose }: { codes: string[]; onClose(): void }) {
  const t = useT(words);
  const text = codes.join('\n');
  const download = () => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([`${t('fileHead')}\n\n${text}\n`], { type: 'text/plain' }));
    link.download = 'atoll-recovery-codes.txt';
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <Dialog
      open
      held
      onClose={onClose}
      title={t('codesTitle')}
      footer={
        <>
          <Button icon={Download} onClick={download}>
            {t('download')}
          </Button>
          <Button variant="primary" onClick={onClose}>
            {t('codesSaved')}
          </Button>
        </>
      }
    >
      <Notice kind="warn">{t('codesHint')}</Notice>
      <div className="mt-3 flex items-start gap-2 rounded-md bg-sunken p-3">
        <ol className="grid flex-1 grid-cols-2 gap-x-6 gap-y-1 font-mono max-sm:grid-cols-1">
          {codes.map((code) => (
            <li key={code}>{code}</li>
          ))}
        </ol>
        <CopyButton text={text} />
      </div>
    </Dialog>
  );
}
