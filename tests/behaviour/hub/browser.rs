//! A browser without a screen: it keeps cookies, follows forms, and says what a real one says of itself.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::IpAddr;

use reqwest::header::{CONTENT_TYPE, COOKIE, HeaderMap, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};
use tokio::runtime::Runtime;
use url::form_urlencoded;

use super::server::Server;

pub struct Browser {
    hub: String,
    client: Client,
    runtime: Runtime,
    pub jar: RefCell<BTreeMap<String, String>>,
    pub language: &'static str,
}

pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Browser {
    pub fn new(hub: &Server) -> Browser {
        Browser::at(hub, [127, 0, 0, 1])
    }

    /// One that speaks from this address of the loopback.
    pub fn at(hub: &Server, address: [u8; 4]) -> Browser {
        Browser::to(hub.url(""), address)
    }

    /// One for a hub of which nothing but its address is known.
    pub fn to(hub: String, address: [u8; 4]) -> Browser {
        rustls::crypto::ring::default_provider().install_default().ok();
        let client = Client::builder().redirect(Policy::none()).local_address(IpAddr::from(address)).build().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Browser { hub, client, runtime, jar: RefCell::default(), language: "cs" }
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send(self.client.get(self.url(path)))
    }

    /// Goes on to where the answers point.
    pub fn open(&self, path: &str) -> Answer {
        self.follow(self.get(path))
    }

    pub fn follow(&self, mut answer: Answer) -> Answer {
        for _ in 0..5 {
            match answer.location() {
                Some(next) => answer = self.get(&next),
                None => return answer,
            }
        }
        panic!("it leads round in circles");
    }

    /// Sends a form as the hub's own page would.
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_with(path, &[(ORIGIN.as_str(), &self.hub)], fields)
    }

    /// Sends it with other headers.
    pub fn post_with(&self, path: &str, headers: &[(&str, &str)], fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.client.post(self.url(path)).body(body);
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)))
    }

    /// Fills in the form of a page that goes to `action`, with what the page has put into it.
    pub fn submit(&self, page: &Answer, action: &str, fields: &[(&str, &str)]) -> Answer {
        let mut all = page.hidden(action);
        all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let all: Vec<(&str, &str)> = all.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.post(action, &all)
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.hub)
    }

    fn send(&self, request: RequestBuilder) -> Answer {
        let cookies: Vec<String> = self.jar.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header("accept-language", self.language).header(COOKIE, cookies.join("; "));
        self.runtime.block_on(async {
            let answer = request.send().await.unwrap();
            let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
            for line in headers.get_all(SET_COOKIE) {
                let line = line.to_str().unwrap();
                let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
                if line.contains("Max-Age=0") {
                    self.jar.borrow_mut().remove(name);
                } else {
                    self.jar.borrow_mut().insert(name.to_owned(), value.to_owned());
                }
            }
            Answer { status, headers, text: answer.text().await.unwrap() }
        })
    }
}

impl Answer {
    pub fn location(&self) -> Option<String> {
        Some(self.headers.get(LOCATION)?.to_str().unwrap().to_owned())
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The token of the first form that has one.
    pub fn token(&self) -> &str {
        let rest = self.text.split("name=\"csrf\" value=\"").nth(1).unwrap_or_default();
        rest.split('"').next().unwrap_or_default()
    }

    /// The hidden fields of the first form that goes to `action`.
    pub fn hidden(&self, action: &str) -> Vec<(String, String)> {
        let start = self.text.find(&format!("action=\"{action}\"")).unwrap_or_else(|| panic!("no form to {action}"));
        let form = self.text[start..].split("</form>").next().unwrap();
        let inputs = form.split("<input").skip(1).filter(|input| input.contains("type=\"hidden\""));
        inputs.map(|input| (attribute(input, "name"), attribute(input, "value"))).collect()
    }
}

/// The value of an attribute of a tag that begins here.
pub fn attribute(tag: &str, name: &str) -> String {
    let value = tag.split(&format!("{name}=\"")).nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    html_escape::decode_html_entities(value).into_owned()
}
