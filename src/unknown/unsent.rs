//! The headers that no call made as somebody unknown carries, whatever `request.hide` says: they speak of the way that a
//! request took, or of the program that sent it, never of what is asked. Sent, each would make a call unlike all others.

use http::{HeaderMap, HeaderName, header::CONNECTION};

/// Whether a header of this name is never sent.
pub(super) fn is_unsent(name: &HeaderName) -> bool {
    let name = name.as_str();
    let is_in_a_group = [OF_CONNECTION, OF_TRACING, OF_FORWARDING].iter().any(|group| group.contains(&name))
        || BEGINNINGS.iter().any(|beginning| name.starts_with(beginning));
    name == USER_AGENT || is_in_a_group && !OF_THE_SITE.contains(&name)
}

/// The names that `Connection` lists: they are of this hop alone (RFC 9110 section 7.6.1).
pub(super) fn named_by_connection(headers: &HeaderMap) -> Vec<HeaderName> {
    let lines = headers.get_all(CONNECTION).iter();
    let words = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    words.filter_map(|word| HeaderName::from_bytes(word.trim_ascii()).ok()).collect()
}

/// RFC 9110 section 10.1.5: the program, not the person.
const USER_AGENT: &str = "user-agent";

/// RFC 9110 sections 7.6.1 and 7.6.2, and its sections on each; RFC 9112 section 6.1 (`Transfer-Encoding`); RFC 7540
/// section 3.2.1 (`HTTP2-Settings`); RFC 7838 section 5 (`Alt-Used`); RFC 8470 section 5.1 (`Early-Data`). A body's length
/// is told anew.
const OF_CONNECTION: &[&str] = &[
    "alt-used",
    "connection",
    "content-length",
    "early-data",
    "expect",
    "http2-settings",
    "keep-alive",
    "max-forwards",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// W3C Trace Context and Baggage; then what OpenZipkin (B3), Jaeger, OpenTracing, Sentry, AWS X-Ray, Google Cloud, Elastic
/// APM, New Relic, AppDynamics, SkyWalking, Honeycomb, Application Insights and Dynatrace document as their own; then the names
/// that proxies and frameworks give to the number or the time of a request.
const OF_TRACING: &[&str] = &[
    "traceparent",
    "tracestate",
    "baggage",
    "b3",
    "uber-trace-id",
    "jaeger-debug-id",
    "jaeger-baggage",
    "x-ot-span-context",
    "sentry-trace",
    "x-amzn-trace-id",
    "x-cloud-trace-context",
    "grpc-trace-bin",
    "elastic-apm-traceparent",
    "newrelic",
    "adrum",
    "singularityheader",
    "sw8",
    "sw8-correlation",
    "sw8-x",
    "x-honeycomb-trace",
    "request-context",
    "correlation-context",
    "x-dynatrace",
    "correlation-id",
    "request-id",
    "span-id",
    "trace-id",
    "x-amz-request-id",
    "x-amzn-requestid",
    "x-client-request-id",
    "x-client-trace-id",
    "x-correlation-id",
    "x-ms-client-request-id",
    "x-ms-correlation-id",
    "x-ms-correlation-request-id",
    "x-ms-request-id",
    "x-ms-request-root-id",
    "x-queue-start",
    "x-request-id",
    "x-request-start",
    "x-span-id",
    "x-trace-id",
    "x-transaction-id",
    "x-unique-id",
    "x-varnish",
];

/// RFC 7239 (`Forwarded`), RFC 9110 section 7.6.3 (`Via`), RFC 8586 (`CDN-Loop`), RFC 9440 (`Client-Cert`), the Edge
/// Architecture note (`Surrogate-Capability`); then the names under which proxies pass on an address, a port or a URL as
/// they had it.
const OF_FORWARDING: &[&str] = &[
    "forwarded",
    "via",
    "cdn-loop",
    "client-cert",
    "client-cert-chain",
    "surrogate-capability",
    "client-ip",
    "disguised-host",
    "forwarded-for",
    "incap-client-ip",
    "true-client-ip",
    "wl-proxy-client-ip",
    "x-client-ip",
    "x-client-port",
    "x-cluster-client-ip",
    "x-forwarded",
    "x-istio-attributes",
    "x-originating-ip",
    "x-proxyuser-ip",
    "x-real-host",
    "x-real-ip",
    "x-real-port",
    "x-remote-addr",
    "x-remote-ip",
    "x-remote-port",
    "x-rewrite-url",
    "x-sucuri-clientip",
    "x-sucuri-country",
    "x-waws-unencoded-url",
];

/// What of forwarding speaks of the site and not of who asks: under which address it is asked. A service that is not told
/// `https` sends everybody there, again and again.
const OF_THE_SITE: &[&str] = &[
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-proto",
    "x-forwarded-scheme",
    "x-forwarded-ssl",
];

/// Families: `Proxy-*` (RFC 9110 section 11.7, RFC 9209), then those of tracing and of forwarding by whose they are.
const BEGINNINGS: &[&str] = &[
    "proxy-",
    // B3, Jaeger, OpenTracing, Datadog, New Relic, AppDynamics, Instana, Dynatrace, Linkerd.
    "x-b3-",
    "uberctx-",
    "ot-tracer-",
    "x-datadog-",
    "x-newrelic-",
    "adrum_",
    "x-instana-",
    "x-dynatrace-",
    "l5d-",
    // What proxies of every make add, then Cloudflare, Fastly, Akamai, CloudFront, Envoy, Azure (Front Door, request
    // routing, gateway), App Engine, Vercel, Netlify, Fly.
    "x-forwarded-",
    "x-original-",
    "cf-",
    "fastly-",
    "akamai-",
    "x-akamai-",
    "cloudfront-",
    "x-amz-cf-",
    "x-envoy-",
    "x-azure-",
    "x-fd-",
    "x-arr-",
    "x-appgw-",
    "x-appengine-",
    "x-vercel-",
    "x-nf-",
    "fly-",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_speaks_of_the_way_is_not_sent_and_what_speaks_of_the_question_is() {
        for name in [
            "Connection",
            "Proxy-Authorization",
            "Proxy-Connection",
            "TE",
            "Trailer",
            "Transfer-Encoding",
            "Upgrade",
            "Expect",
            "HTTP2-Settings",
            "Max-Forwards",
            "Content-Length",
            "Keep-Alive",
            "traceparent",
            "X-B3-TraceId",
            "X-Request-ID",
            "uberctx-user",
            "X-Datadog-Trace-Id",
            "Forwarded",
            "X-Forwarded-For",
            "X-Forwarded-Client-Cert",
            "X-Original-URL",
            "CF-Connecting-IP",
            "Fastly-Client-IP",
            "Akamai-Origin-Hop",
            "CloudFront-Viewer-Country",
            "User-Agent",
        ] {
            assert!(is_unsent(&name.parse().unwrap()), "{name}");
        }
        for name in [
            "Prefer",
            "Accept",
            "Accept-Language",
            "Authorization",
            "Cookie",
            "Host",
            "Content-Type",
            "Sec-GPC",
            "Referer",
            "X-Requested-With",
            "X-Channel",
            "Request-Context-Of-Ours",
            "Cfg",
            "X-Forward",
            "X-Forwarded-Proto",
            "X-Forwarded-Host",
            "Front-End-Https",
            "User-Agent-Of-Ours",
        ] {
            assert!(!is_unsent(&name.parse().unwrap()), "{name}");
        }
    }

    #[test]
    fn every_name_is_written_as_headers_are_compared_and_stands_once() {
        let mut names: Vec<&str> =
            [OF_CONNECTION, OF_TRACING, OF_FORWARDING, BEGINNINGS, &[USER_AGENT]].concat().into_iter().collect();
        let all = names.len();
        for name in &names {
            assert_eq!(HeaderName::from_bytes(name.as_bytes()).unwrap().as_str(), *name);
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn connection_names_more_in_all_its_lines() {
        let mut headers = HeaderMap::new();
        headers.append(CONNECTION, "close, X-One".parse().unwrap());
        headers.append(CONNECTION, "x-two,, not a name".parse().unwrap());
        assert_eq!(named_by_connection(&headers), ["close", "x-one", "x-two"]);
    }
}
