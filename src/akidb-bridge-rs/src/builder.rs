use crate::bridge::Bridge;
use crate::error::{Error, ErrorKind};
use std::fmt;

/// Which engines the bridge uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// Python workers first, the in-process engine when they cannot answer. The default.
    PythonBridge,
    /// The in-process engine only; no Python is needed.
    Onnx,
    /// Deterministic vectors without meaning, for tests.
    Mock,
}

/// How serious a message of the log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Every detail.
    Trace,
    /// What helps to find a fault.
    Debug,
    /// What happens in normal operation. The default of [`Builder::log_level`].
    Information,
    /// What may need somebody's attention.
    Warning,
    /// What has failed.
    Error,
    /// What ends the bridge.
    Critical,
}

impl LogLevel {
    pub(crate) fn of(level: i32) -> LogLevel {
        [LogLevel::Trace, LogLevel::Debug, LogLevel::Information, LogLevel::Warning, LogLevel::Error]
            .get(usize::try_from(level).unwrap_or(0))
            .copied()
            .unwrap_or(LogLevel::Critical)
    }
}

/// Who gets the log: level, category, message.
pub(crate) type Log = Box<dyn Fn(LogLevel, &str, &str) + Send + Sync>;

/// Configures a [`Bridge`]. What is not set has the default that the bridge's README says.
///
/// ```
/// use akidb_bridge::{Bridge, Provider};
/// # fn main() -> Result<(), akidb_bridge::Error> {
/// let bridge = Bridge::builder().provider(Provider::Onnx).set("Dispatch:Timeout", "10s").build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
#[must_use = "nothing starts before build()"]
pub struct Builder {
    json: Option<String>,
    values: Vec<(String, String)>,
    log: Option<Log>,
}

impl Builder {
    /// The model: a name, or a folder in Hugging Face's layout.
    pub fn model(self, model: impl Into<String>) -> Builder {
        self.set("Model", model)
    }

    /// Which engines are used.
    pub fn provider(self, provider: Provider) -> Builder {
        let name = match provider {
            Provider::PythonBridge => "python-bridge",
            Provider::Onnx => "onnx",
            Provider::Mock => "mock",
        };
        self.set("Provider", name)
    }

    /// The workers' Python; by default the first that is found and has torch.
    pub fn python(self, path: impl Into<String>) -> Builder {
        self.set("Worker:PythonPath", path)
    }

    /// Worker processes; by default one, or one for each GPU.
    pub fn workers(self, count: usize) -> Builder {
        self.set("Supervision:Workers", count.to_string())
    }

    /// Any option by its name in the bridge's configuration, such as `Worker:Threads`. The last value of a name counts.
    pub fn set(mut self, name: impl Into<String>, value: impl Into<String>) -> Builder {
        self.put(format!("Bridge:{}", name.into()), value.into());
        self
    }

    /// Whether the variables `AKIDB_EMBEDDING_*` and `AKIDB_BRIDGE__*` of this process are read, and win. By default they mean your program, not the bridge.
    pub fn use_environment(mut self, flag: bool) -> Builder {
        self.put("UseEnvironment".into(), flag.to_string());
        self
    }

    /// From which level on [`Builder::log`] is called.
    pub fn log_level(mut self, level: LogLevel) -> Builder {
        self.put("Logging:LogLevel:Default".into(), format!("{level:?}"));
        self
    }

    /// A whole configuration as JSON instead of the other options: a document like the bridge's `appsettings.json`, or what is in its section `Bridge`.
    pub fn json(mut self, json: impl Into<String>) -> Builder {
        self.json = Some(json.into());
        self
    }

    /// Who gets the log: level, category and message. It is called by one thread, must not panic, and must not drop the bridge.
    pub fn log(mut self, log: impl Fn(LogLevel, &str, &str) + Send + Sync + 'static) -> Builder {
        self.log = Some(Box::new(log));
        self
    }

    /// Starts the bridge. Blocks until the default model's folder has been read; engines load meanwhile.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::BadConfiguration`] lists every mistake; [`ErrorKind::BadModel`] and [`ErrorKind::UnknownModel`] say why the model cannot be served.
    pub fn build(self) -> Result<Bridge, Error> {
        let json = match self.json {
            Some(_) if !self.values.is_empty() => {
                return Err(Error::new(ErrorKind::BadConfiguration, "json() is a whole configuration: other options cannot be set beside it".into()));
            }
            Some(json) => json,
            None => to_json(&self.values),
        };
        Bridge::start(&json, self.log)
    }

    fn put(&mut self, name: String, value: String) {
        self.values.retain(|(other, _)| !other.eq_ignore_ascii_case(&name));
        self.values.push((name, value));
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Builder").field("json", &self.json).field("values", &self.values).finish_non_exhaustive()
    }
}

// A name with colons in it is a path to the configuration.
fn to_json(values: &[(String, String)]) -> String {
    let members: Vec<String> = values.iter().map(|(name, value)| format!("{}:{}", quoted(name), quoted(value))).collect();
    format!("{{{}}}", members.join(","))
}

fn quoted(text: &str) -> String {
    let mut result = String::with_capacity(text.len() + 2);
    result.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => result.extend(['\\', letter]),
            letter if u32::from(letter) < 0x20 => result.push_str(&format!("\\u{:04x}", u32::from(letter))),
            letter => result.push(letter),
        }
    }
    result.push('"');
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_json_texts() {
        let values = [("Bridge:Model".to_string(), "a \"b\" \\ c\n".to_string()), ("Bridge:Worker:Threads".to_string(), "2".to_string())];
        assert_eq!(to_json(&values), r#"{"Bridge:Model":"a \"b\" \\ c\u000a","Bridge:Worker:Threads":"2"}"#);
        assert_eq!(to_json(&[]), "{}");
    }

    #[test]
    fn the_last_value_of_a_name_counts() {
        let builder = Builder::default().model("one").set("model", "two");
        assert_eq!(builder.values, [("Bridge:model".to_string(), "two".to_string())]);
    }
}
