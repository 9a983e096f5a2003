//! How a page looks, and whether everybody can use it.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::window::Window;

/// The widths at which pages are looked at: a telephone, and a large screen.
const WIDTHS: [u32; 2] = [360, 1440];

/// Looks at pages with axe-core, in light and in dark, narrow and wide.
pub(crate) struct Sight {
    axe: String,
    /// Where pictures of some screens are to be written, if they are.
    pictures: Option<PathBuf>,
}

impl Sight {
    /// Needs npm, unless axe-core was fetched before. Pictures are written if `PORTAL_PICTURES` is set.
    pub(crate) fn new() -> Self {
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        let fetched = Command::new(package.join("tests/browser/fetch-axe"))
            .arg(env!("CARGO_TARGET_TMPDIR"))
            .output()
            .unwrap();
        let said = String::from_utf8(fetched.stdout).unwrap();
        assert!(fetched.status.success(), "{said}{}", String::from_utf8_lossy(&fetched.stderr));
        let axe = std::fs::read_to_string(said.trim()).unwrap();
        let pictures = std::env::var_os("PORTAL_PICTURES").map(|_| package.join("pictures"));
        Self { axe, pictures }
    }

    /// Nothing on this page keeps anybody from using it.
    pub(crate) async fn look(&self, window: &Window, screen: &str) {
        let mut found = Vec::new();
        for scheme in ["light", "dark"] {
            for width in WIDTHS {
                show(window, scheme, width).await;
                let how = format!("{screen}, {scheme}, {width} wide");
                found.extend(self.violations(window).await.into_iter().map(|it| format!("{how}: {it}")));
                let aside = window
                    .run("scrollTo(10000, 0); const aside = scrollX; scrollTo(0, 0); return aside")
                    .await;
                if aside.and_then(|aside| aside.as_f64()) != Some(0.0) {
                    found.push(format!("{how}: it is wider than the window"));
                }
            }
        }
        as_usual(window).await;
        assert!(found.is_empty(), "{}", found.join("\n"));
    }

    /// The same, and a picture of it for the README.
    pub(crate) async fn look_and_keep(&self, window: &Window, screen: &str) {
        self.look(window, screen).await;
        self.keep(window, screen, "light", 1100).await;
    }

    /// A picture of a page, if pictures are wanted.
    pub(crate) async fn keep(&self, window: &Window, name: &str, scheme: &str, width: u32) {
        let Some(folder) = &self.pictures else { return };
        show(window, scheme, width).await;
        // Without the room for a scroll bar.
        let size = window
            .run("return [document.body.offsetWidth, document.documentElement.scrollHeight]")
            .await
            .unwrap();
        let clip = json!({ "x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 0.75 });
        let parameters = json!({ "format": "png", "clip": clip, "captureBeyondViewport": true });
        let picture = window.devtools("Page.captureScreenshot", parameters).await;
        let picture = base64::Engine::decode(
            &base64::engine::general_purpose::STANDARD,
            picture["data"].as_str().unwrap(),
        );
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(folder.join(format!("{name}.png")), picture.unwrap()).unwrap();
        as_usual(window).await;
    }

    async fn violations(&self, window: &Window) -> Vec<String> {
        const RUN: &str =
            "return axe.run(document).then(({ violations }) => violations.map(({ id, help, nodes }) =>
            `${id} (${help}): ${nodes.map((node) => node.html).join(' ')}`));";
        let script = format!("if (!window.axe) {{ {} }} {RUN}", self.axe);
        let found = window.run(&script).await.expect("axe-core does not run");
        found.as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect()
    }
}

async fn show(window: &Window, scheme: &str, width: u32) {
    let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
    window.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    let size = json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false });
    window.devtools("Emulation.setDeviceMetricsOverride", size).await;
}

async fn as_usual(window: &Window) {
    window.devtools("Emulation.setEmulatedMedia", json!({ "features": [] })).await;
    window.devtools("Emulation.clearDeviceMetricsOverride", Value::Object(serde_json::Map::new())).await;
}
