export default function EditorPage(_props: { appId: string }) {
  return null;
}
