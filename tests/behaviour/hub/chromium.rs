//! The hub's pages in a real browser: Debian's Chromium without a window, driven through its chromedriver.
//!
//! A test says what a person does (fills in the field that is labelled so, presses the button that is called so) and
//! what is to be read afterwards. Each [`Chromium`] is a browser of its own, with cookies of its own.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use thirtyfour::error::WebDriverResult;
use thirtyfour::prelude::*;
use tokio::runtime::Runtime;
use vyveska::clock;

use crate::behaviour::skip::skipped;
use crate::behaviour::store::Folder;

/// Only a broken page takes it.
const PATIENCE: Duration = Duration::from_secs(90);

/// The program behind the browsers of a test.
pub struct Chromedriver {
    process: Child,
    address: String,
}

impl Chromedriver {
    /// `None` where there is none, said loudly: `what` is not tested then.
    pub fn start(what: &str) -> Option<Chromedriver> {
        let command = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let Ok(mut process) = command else {
            skipped(what, "there is no Chromium here: apt-get install chromium chromium-driver");
            return None;
        };
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines.map_while(Result::ok).find_map(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            port.trim_end_matches('.').parse::<u16>().ok()
        });
        let address = format!("http://127.0.0.1:{}", port.expect("chromedriver says its port"));
        Some(Chromedriver { process, address })
    }

    pub fn open(&self, width: u32) -> Chromium {
        self.open_with(width, &[])
    }

    /// For somebody whose machine prefers the dark.
    pub fn open_dark(&self, width: u32) -> Chromium {
        self.open_with(width, &["--blink-settings=preferredColorScheme=0"])
    }

    fn open_with(&self, width: u32, more: &[&str]) -> Chromium {
        rustls::crypto::ring::default_provider().install_default().ok();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let profile = Folder::in_memory(&format!("chromium-{}", clock::ticks().as_nanos()));
        let mut wishes = DesiredCapabilities::chrome();
        let profile_folder = format!("--user-data-dir={}", profile.0.display());
        let window = format!("--window-size={width},900");
        // As root, as CI is, it has no cage of its own.
        let words = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--accept-lang=cs"];
        let own = [profile_folder.as_str(), window.as_str()];
        for word in words.into_iter().chain(own).chain(more.iter().copied()) {
            wishes.add_arg(word).unwrap();
        }
        // A window is never narrower than 500 pixels, a phone is.
        if width < 500 {
            let phone = json!({ "deviceMetrics": { "width": width, "height": 640, "pixelRatio": 2.0 } });
            wishes.add_experimental_option("mobileEmulation", phone).unwrap();
        }
        let driver = runtime.block_on(WebDriver::new(self.address.as_str(), wishes)).expect("Chromium starts");
        Chromium { runtime, driver: Some(driver), _profile: profile }
    }
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

pub struct Chromium {
    runtime: Runtime,
    driver: Option<WebDriver>,
    _profile: Folder,
}

impl Chromium {
    pub fn go(&self, url: &str) {
        self.run(async |driver| driver.goto(url).await);
    }

    /// Fills in the field that is labelled so.
    pub fn fill(&self, label: &str, text: &str) {
        self.run(async |driver| {
            let field = labelled(driver, label).await?;
            field.clear().await?;
            field.send_keys(text).await
        });
    }

    /// Chooses what is called so from the list that is labelled so.
    pub fn choose(&self, label: &str, option: &str) {
        self.run(async |driver| {
            let list = labelled(driver, label).await?;
            list.find(By::XPath(format!(".//option[normalize-space()={}]", quoted(option)))).await?.click().await
        });
    }

    /// Presses the button that sends a form, and waits for the page that answers.
    pub fn send(&self, name: &str) {
        let old = self.run(async |driver| driver.find(By::Tag("html")).await);
        self.press(name);
        self.run(async |_| old.wait_until().wait(PATIENCE, Duration::from_millis(20)).stale().await);
    }

    /// Presses the button, the link, the box or the heading of a fold that is called so.
    pub fn press(&self, name: &str) {
        let name = quoted(name);
        let path = |tag| format!("//{tag}[normalize-space()={name}]");
        self.run(async |driver| {
            // A fold is often called like the button in it.
            let mut targets = driver.find_all(By::XPath(path("button"))).await?;
            if targets.is_empty() {
                targets = driver.find_all(By::XPath(["a", "summary", "label"].map(path).join(" | "))).await?;
            }
            let target = targets.into_iter().next().unwrap_or_else(|| panic!("nothing is called {name}"));
            target.scroll_into_view().await?;
            target.click().await
        });
    }

    /// What can be read on the page.
    pub fn text(&self) -> String {
        self.run(async |driver| driver.find(By::Tag("body")).await?.text().await)
    }

    /// The path that the browser is at.
    pub fn path(&self) -> String {
        self.run(async |driver| driver.current_url().await).path().to_owned()
    }

    /// Reloads until this can be read.
    pub fn until(&self, text: &str) {
        let began = clock::ticks();
        while !self.text().contains(text) {
            assert!(clock::ticks() - began < PATIENCE, "{text:?} is not on:\n{}", self.text());
            thread::sleep(Duration::from_millis(200));
            self.run(async |driver| driver.refresh().await);
        }
    }

    /// Waits for the page on which this can be read.
    pub fn sees(&self, text: &str) {
        let began = clock::ticks();
        while !self.text().contains(text) {
            let patient = clock::ticks() - began < PATIENCE / 6;
            assert!(patient, "{text:?} is not on {}:\n{}", self.path(), self.text());
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// What is written in the first such element.
    pub fn written(&self, selector: &str) -> String {
        self.run(async |driver| driver.find(By::Css(selector)).await?.text().await)
    }

    /// What a program of the page would see.
    pub fn script(&self, program: &str) -> Value {
        self.run(async |driver| driver.execute(program, Vec::new()).await).json().clone()
    }

    pub fn cookies(&self) -> Vec<Cookie> {
        self.run(async |driver| driver.get_all_cookies().await)
    }

    /// Takes over somebody's cookies, as a thief would.
    pub fn take(&self, cookies: Vec<Cookie>) {
        self.run(async |driver| {
            for cookie in cookies {
                driver.add_cookie(cookie).await?;
            }
            Ok(())
        });
    }

    fn run<T>(&self, act: impl AsyncFnOnce(&WebDriver) -> WebDriverResult<T>) -> T {
        let driver = self.driver.as_ref().expect("open until it is dropped");
        self.runtime.block_on(async {
            match act(driver).await {
                Ok(found) => found,
                Err(error) => panic!("{error}\n{}", driver.source().await.unwrap_or_default()),
            }
        })
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        if let Some(driver) = self.driver.take() {
            self.runtime.block_on(driver.quit()).ok();
        }
    }
}

async fn labelled(driver: &WebDriver, label: &str) -> WebDriverResult<WebElement> {
    let path = format!("//label[normalize-space()={}]", quoted(label));
    let of = driver.find(By::XPath(path)).await?.attr("for").await?.expect("the label of a field");
    driver.find(By::Id(of)).await
}

/// As XPath writes a text.
fn quoted(text: &str) -> String {
    assert!(!text.contains('"'), "{text}");
    format!("\"{text}\"")
}
