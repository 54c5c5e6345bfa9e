/** Trying a webhook without another system: a message as it would come. */
import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { inputsQuery } from '@/api/queries';
import type { App, InputField, Trigger } from '@/api/types';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Field, Textarea } from '@/ui/field';
import { ErrorNotice } from '@/ui/notice';
import { Loading } from '@/ui/spinner';
import { useFire } from './changes';
import { bodyFor } from './inputs';
import { words } from './words';

interface Props {
  app: App;
  trigger: Trigger;
  onClose(): void;
}

export default function TryDialog({ app, trigger, onClose }: Props) {
  const t = useT(words);
  const c = useCommon();
  const formId = useId();
  const inputs = useQuery(inputsQuery(app.id, 'published'));
  const fire = useFire(app.id);
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('tryTitle', { name: trigger.name })}
      description={t('tryHint')}
      footer={
        <>
          <Button onClick={onClose}>{c('cancel')}</Button>
          <Button type="submit" form={formId} variant="primary" disabled={!inputs.data} busy={fire.isPending}>
            {t('runNow')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {fire.isError && <ErrorNotice error={fire.error} />}
        {inputs.isPending && <Loading />}
        {inputs.isError && <ErrorNotice error={inputs.error} onRetry={() => void inputs.refetch()} />}
        {inputs.data && (
          <Message
            id={formId}
            fields={inputs.data.fields}
            trigger={trigger}
            onSend={(body) => fire.mutate({ trigger, body }, { onSuccess: onClose })}
          />
        )}
      </div>
    </Dialog>
  );
}

interface MessageProps {
  id: string;
  fields: InputField[];
  trigger: Trigger;
  onSend(body: unknown): void;
}

function Message({ id, fields, trigger, onSend }: MessageProps) {
  const t = useT(words);
  const [text, setText] = useState(() => JSON.stringify(bodyFor(fields, trigger.inputs), null, 2));
  const [wrong, setWrong] = useState(false);
  const send = () => {
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      setWrong(true);
      return;
    }
    setWrong(false);
    onSend(body);
  };
  return (
    <form
      id={id}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <Field label={t('body')} error={wrong && t('notJson')}>
        {(props) => (
          <Textarea
            {...props}
            rows={Math.min(14, text.split('\n').length + 2)}
            className="font-mono"
            spellCheck={false}
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
              event.preventDefault();
              send();
            }}
          />
        )}
      </Field>
    </form>
  );
}
