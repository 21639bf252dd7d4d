import { PageHead } from "../components/page.tsx";

export const AlertsPage = () => <PageHead title="Alerts" />;
