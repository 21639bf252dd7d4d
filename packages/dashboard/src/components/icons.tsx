/** The few icons there are, drawn for 16 pixels. */
import type { ReactNode } from "react";

const icon = (children: ReactNode) =>
  function Icon({ className = "h-4 w-4" }: { className?: string }) {
    return (
      <svg
        viewBox="0 0 16 16"
        className={`${className} shrink-0`}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
      >
        {children}
      </svg>
    );
  };

export const CopyIcon = icon(<path d="M5.5 5.5h7v8h-7zM10.5 5.5v-3h-7v8h2" />);
export const CheckIcon = icon(<path d="M3 8.5l3.2 3.2L13 4.8" />);
export const SearchIcon = icon(<path d="M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.3 10.3l3.2 3.2" />);
export const EndIcon = icon(<path d="M8 2v7M4.5 6 8 9.5 11.5 6M3 13h10" />);
export const DownloadIcon = icon(<path d="M8 2v8M4.5 7 8 10.5 11.5 7M2.5 11.5v2h11v-2" />);
export const WrapIcon = icon(<path d="M2 4h12M2 8h9.5a2.2 2.2 0 0 1 0 4.4H8M9.5 10.8 8 12.4l1.5 1.6M2 12h3" />);
export const ClockIcon = icon(<path d="M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.8V8l2.2 1.6" />);
export const CloseIcon = icon(<path d="M4 4l8 8M12 4l-8 8" />);
export const ChevronIcon = icon(<path d="M6 3.5 10.5 8 6 12.5" />);
export const NextErrorIcon = icon(<path d="M8 2.5v4M8 9v.2M3 12.2 8 15l5-2.8" />);
export const SunIcon = icon(
  <path d="M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6zM8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9" />,
);
export const MoonIcon = icon(<path d="M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8z" />);
export const SystemIcon = icon(<path d="M2 3h12v8H2zM6 13.5h4M8 11v2.5" />);
export const RowsIcon = icon(<path d="M2 4h12M2 8h12M2 12h12" />);
export const FleetIcon = icon(<path d="M1.5 4.5h13M1.5 11.5h13M4 4.5l5 7M4 2.8v3.4M12 9.8v3.4" />);
export const ApprovalIcon = icon(<path d="M8 1.5 14.5 8 8 14.5 1.5 8zM5.6 8.2l1.7 1.7 3.2-3.7" />);
export const AgentIcon = icon(<path d="M1.5 8h4M10.5 8h4M5.5 5.5h5v5h-5zM8 3.2v2.3" />);
export const SessionIcon = icon(<path d="M2 13.5v-11M2 8h9M11 5.2 14 8l-3 2.8M5 6.5v3M8 6.5v3" />);
export const ProcessIcon = icon(<path d="M2 3h12v10H2zM4.5 6l2 2-2 2M8.5 10.2h3" />);
export const TimelineIcon = icon(<path d="M2 4h6M5 8h7M9 12h5M12.5 1.5v13" />);
export const AlertIcon = icon(<path d="M8 2 14.5 13.5h-13zM8 6.5v3M8 11.6v.1" />);
export const TestsIcon = icon(<path d="M2 4.2l1.4 1.4L6 3M2 11.2l1.4 1.4L6 10M8.5 4.5H14M8.5 11.5H14" />);
export const MemoryIcon = icon(<path d="M3 2.5h8.5l1.5 1.5v9.5H3zM5.5 6h5M5.5 8.5h5M5.5 11h3" />);
export const GitHubIcon = icon(
  <path d="M4.5 5.5v5M4.5 5.5a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2zM4.5 13.7a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2zM11.5 6.7a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2zM11.5 6.7c0 3-4 2-6.4 4" />,
);
export const BrowserIcon = icon(<path d="M1.5 2.5h13v11h-13zM1.5 5.8h13M3.8 4.2h.1M6 4.2h.1" />);
export const MetricsIcon = icon(<path d="M2 2v12h12M4.5 10.5l3-4 2.5 2.2L14 4" />);
export const ConnectionsIcon = icon(
  <path d="M8 5.2a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6zM3.3 14a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6zM12.7 14a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6zM8 5.2v3M8 8.2l-3.4 2.6M8 8.2l3.4 2.6" />,
);
export const MessagesIcon = icon(<path d="M2 5h9M8.5 2.5 11 5 8.5 7.5M14 11H5M7.5 8.5 5 11l2.5 2.5" />);
export const AuditIcon = icon(
  <path d="M8 1.8 13.5 4v4c0 3.2-2.3 5.4-5.5 6.4C4.8 13.4 2.5 11.2 2.5 8V4zM5.6 8.2l1.7 1.7 3.2-3.7" />,
);
export const ConnectIcon = icon(<path d="M5.5 2v3M10.5 2v3M4 5h8v3a4 4 0 0 1-8 0zM8 12v2.5" />);
export const SettingsIcon = icon(<path d="M2 4.5h7M12 4.5h2M10.5 6V3M2 11.5h2M7 11.5h7M5.5 13v-3" />);
export const MoreIcon = icon(<path d="M3.5 8h.1M8 8h.1M12.5 8h.1" />);
export const SaveIcon = icon(<path d="M2.5 2.5h9l2 2v9h-11zM5 2.5v4h5v-4M5 13.5v-4h6v4" />);
