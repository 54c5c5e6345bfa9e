/** A dialog that is one form: what went wrong above its fields, cancel and send below them. */
import { type FormEvent, type ReactNode, useId } from 'react';
import { useCommon } from '@/i18n/common';
import { Button } from './button';
import { Dialog } from './dialog';
import { ErrorNotice } from './notice';

interface Props {
  title: ReactNode;
  description?: ReactNode;
  size?: 'small' | 'normal' | 'large';
  onClose(): void;
  /** The word on the button that sends. */
  submit: ReactNode;
  danger?: boolean;
  /** Left of the buttons. */
  aside?: ReactNode;
  sending: { isPending: boolean; error: unknown };
  onSubmit(): void;
  autoComplete?: 'off';
  children: ReactNode;
}

export function FormDialog(props: Props) {
  const { submit, danger, aside, sending, onSubmit, autoComplete, children, ...dialog } = props;
  const t = useCommon();
  const id = useId();
  const send = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <Dialog
      open
      {...dialog}
      footer={
        <>
          {aside}
          <Button onClick={dialog.onClose}>{t('cancel')}</Button>
          <Button type="submit" form={id} variant={danger ? 'danger' : 'primary'} busy={sending.isPending}>
            {submit}
          </Button>
        </>
      }
    >
      <form id={id} onSubmit={send} noValidate autoComplete={autoComplete} className="flex flex-col gap-4">
        {sending.error != null && <ErrorNotice error={sending.error} />}
        {children}
      </form>
    </Dialog>
  );
}
