import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import type { App, Bindings, Plan } from '@/api/types';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { DropArea } from '@/ui/drop-area';
import { Field, Input } from '@/ui/field';
import { ErrorNotice, Notice } from '@/ui/notice';
import { toast } from '@/ui/toast';
import { PlanView } from './PlanView';
import { words } from './words';

interface Wanted {
  template: unknown;
  bindings?: Bindings;
}

/** A template file: what it needs, what would happen, then install. */
export function ImportDialog({ onClose }: { onClose(): void }) {
  const t = useT(words);
  const c = useCommon();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [template, setTemplate] = useState<unknown>(null);
  const [name, setName] = useState('');
  const [unreadable, setUnreadable] = useState(false);
  const plan = useMutation({ mutationFn: (wanted: Wanted) => api.post<Plan>('/templates/plan', wanted) });
  const install = useMutation({
    mutationFn: () =>
      api.post<App>('/templates/install', { template, bindings: plan.data?.bindings, name: name.trim() || undefined }),
    onSuccess: async (app) => {
      await client.invalidateQueries({ queryKey: keys.apps });
      toast(t('installed', { name: app.name }));
      await navigate({ to: '/apps/$appId/design', params: { appId: app.id } });
    },
  });

  const read = async ([file]: File[]) => {
    if (!file) return;
    install.reset();
    plan.reset();
    try {
      const parsed = JSON.parse(await file.text());
      setUnreadable(false);
      setTemplate(parsed);
      setName(typeof parsed?.name === 'string' ? parsed.name : file.name.replace(/\.json$/i, ''));
      plan.mutate({ template: parsed });
    } catch {
      setUnreadable(true);
      setTemplate(null);
    }
  };

  return (
    <Dialog
      open
      onClose={onClose}
      title={t('importTitle')}
      description={t('importHint')}
      footer={
        <>
          <Button onClick={onClose}>{c('cancel')}</Button>
          <Button
            variant="primary"
            disabled={!plan.data?.ok || plan.isPending}
            busy={install.isPending}
            onClick={() => install.mutate()}
          >
            {t('install')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {unreadable && <Notice kind="bad">{t('notJson')}</Notice>}
        {plan.isError && <ErrorNotice error={plan.error} />}
        {install.isError && <ErrorNotice error={install.error} />}
        {plan.data && template !== null ? (
          <>
            <Field label={t('appName')}>
              {(props) => <Input {...props} value={name} onChange={(event) => setName(event.target.value)} />}
            </Field>
            <PlanView plan={plan.data} onBind={(bindings) => plan.mutate({ template, bindings })} />
          </>
        ) : (
          <DropArea accept=".json,application/json" label={t('chooseFile')} hint={t('dropFile')} onFiles={read} />
        )}
      </div>
    </Dialog>
  );
}
