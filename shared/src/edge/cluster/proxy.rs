//! Which proxy leads to the API server, by the environment: the rules of Go's HTTP client.

use std::net::IpAddr;

use crate::edge::environment::Environment;

/// Returns the proxy for a server's URL; `None` to go straight there.
pub(super) fn of(environment: &Environment, server: &http::Uri) -> Option<String> {
    let host = server.host()?.trim_matches(['[', ']']).to_lowercase();
    let is_secure = server.scheme_str() == Some("https");
    let either =
        |upper: &str, lower: &str| environment.get(upper).or_else(|| environment.get(lower)).map(str::to_owned);
    let proxy = if is_secure { either("HTTPS_PROXY", "https_proxy") } else { either("HTTP_PROXY", "http_proxy") }?;
    let port = server.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
    let exceptions = either("NO_PROXY", "no_proxy").unwrap_or_default();
    if is_local(&host) || is_excepted(&exceptions, &host, port) {
        return None;
    }
    Some(if proxy.contains("://") { proxy } else { format!("http://{proxy}") })
}

fn is_local(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|it| it.is_loopback())
}

fn is_excepted(exceptions: &str, host: &str, port: u16) -> bool {
    exceptions.split(',').map(str::trim).filter(|it| !it.is_empty()).any(|it| matches(&it.to_lowercase(), host, port))
}

/// Tells whether an entry of `NO_PROXY` means a host: `*`, an address, a network, a domain, each with or without a port.
fn matches(entry: &str, host: &str, port: u16) -> bool {
    if entry == "*" {
        return true;
    }
    let address = host.parse::<IpAddr>().ok();
    if let Some((network, bits)) = entry.split_once('/') {
        let network = network.parse::<IpAddr>().ok();
        let bits = bits.parse::<u32>().ok();
        return matches!((network, bits, address), (Some(n), Some(b), Some(a)) if is_within(a, n, b));
    }
    let (name, wanted) = match entry.rsplit_once(':') {
        Some((name, digits)) if !name.contains(':') || name.ends_with(']') => (name, digits.parse::<u16>().ok()),
        _ => (entry, None),
    };
    if wanted.is_some_and(|it| it != port) {
        return false;
    }
    let name = name.trim_matches(['[', ']']);
    if let Ok(one) = name.parse::<IpAddr>() {
        return Some(one) == address;
    }
    let domain = name.strip_prefix('*').unwrap_or(name);
    match domain.strip_prefix('.') {
        Some(_) => host.ends_with(domain),
        None => host == domain || host.strip_suffix(domain).is_some_and(|it| it.ends_with('.')),
    }
}

fn is_within(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(n)) if bits <= 32 => {
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            a.to_bits() & mask == n.to_bits() & mask
        }
        (IpAddr::V6(a), IpAddr::V6(n)) if bits <= 128 => {
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
            a.to_bits() & mask == n.to_bits() & mask
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proxy_is_that_of_the_scheme_unless_the_host_is_excepted() {
        for (exceptions, server, expected) in [
            ("", "https://k:6443", Some("http://p:1")),
            ("", "http://k", Some("http://q:2")),
            ("", "https://localhost:6443", None),
            ("", "https://127.0.0.9", None),
            ("", "https://[::1]:6443", None),
            ("*", "https://k", None),
            ("k", "https://k:6443", None),
            ("k:6443", "https://k:6443", None),
            ("k:6444", "https://k:6443", Some("http://p:1")),
            ("other, .corp", "https://a.corp", None),
            (".corp", "https://corp", Some("http://p:1")),
            ("corp", "https://a.corp", None),
            ("*.corp", "https://A.Corp", None),
            ("corp", "https://acorp", Some("http://p:1")),
            ("10.0.0.0/8", "https://10.1.2.3", None),
            ("10.0.0.0/8", "https://11.1.2.3", Some("http://p:1")),
            ("10.1.2.3", "https://10.1.2.3:6443", None),
            ("fd00::/8", "https://[fd00::1]", None),
            ("0.0.0.0/0", "https://1.2.3.4", None),
        ] {
            let variables = [("HTTPS_PROXY", "p:1"), ("http_proxy", "http://q:2"), ("NO_PROXY", exceptions)];
            let environment = Environment::of_variables(variables);
            assert_eq!(of(&environment, &server.parse().unwrap()).as_deref(), expected, "{exceptions} {server}");
        }
    }
}
