export default function RunTrace(_props: { runId: string }) {
  return null;
}
