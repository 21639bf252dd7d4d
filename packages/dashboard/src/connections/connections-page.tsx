import { PageHead } from "../components/page.tsx";

export const ConnectionsPage = () => <PageHead title="Connections" />;
