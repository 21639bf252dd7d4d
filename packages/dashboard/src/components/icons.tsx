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
