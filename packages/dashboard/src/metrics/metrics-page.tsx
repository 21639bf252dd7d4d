import { PageHead } from "../components/page.tsx";

export const MetricsPage = () => <PageHead title="Metrics and cost" />;
