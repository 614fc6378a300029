// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Components of ROS 2: topics and parameters of the nodelets of ROS 1, but for frames and lazy subscription, which
// pcl_ros gives those.
#include <message_filters/subscriber.h>
#include <message_filters/time_synchronizer.h>
#include <pcl_conversions/pcl_conversions.h>

#include <memory>
#include <mutex>
#include <pcl_msgs/msg/point_indices.hpp>
#include <rclcpp/rclcpp.hpp>
#include <rclcpp_components/register_node_macro.hpp>
#include <sensor_msgs/msg/point_cloud2.hpp>
#include <set>
#include <string>
#include <vector>

#include "../adapter/adapter.h"
#include "../adapter/faults.h"

namespace treewalk_ros {

class SemanticComponent : public rclcpp::Node {
 protected:
  /// Throws where the settings are wrong, so that the container does not keep a component that cannot work.
  SemanticComponent(Task task, const std::string& name, const rclcpp::NodeOptions& options)
      : rclcpp::Node(name, options) {
    faults_ = Faults(declare_parameter<double>("error_period", 5.0));
    const auto depth = static_cast<std::size_t>(declare_parameter<int>("max_queue_size", 25));
    const bool use_indices = declare_parameter<bool>("use_indices", false);
    try {
      adapter_ = std::make_unique<Adapter>(task, read_settings());
    } catch (const std::exception& error) {
      RCLCPP_ERROR(get_logger(), "%s", error.what());
      throw;
    }
    parameters_ = add_on_set_parameters_callback(
        [this](const std::vector<rclcpp::Parameter>& changes) { return reconfigure(changes); });
    // What many sensors publish is best effort; such a subscription takes reliable clouds too.
    const rclcpp::QoS quality = rclcpp::SensorDataQoS().keep_last(depth);
    publisher_ = create_publisher<Cloud>("~/output", rclcpp::QoS(depth));
    if (use_indices) {
      cloud_input_ = std::make_unique<message_filters::Subscriber<Cloud>>(this, "~/input");
      indices_input_ = std::make_unique<message_filters::Subscriber<Indices>>(this, "~/indices");
      both_ = std::make_unique<message_filters::TimeSynchronizer<Cloud, Indices>>(*cloud_input_, *indices_input_,
                                                                                  static_cast<unsigned int>(depth));
      both_->registerCallback(std::bind(&SemanticComponent::take, this, std::placeholders::_1, std::placeholders::_2));
    } else {
      input_ = create_subscription<Cloud>("~/input", quality,
                                          [this](const Cloud::ConstSharedPtr cloud) { take(cloud, nullptr); });
    }
  }

 private:
  using Cloud = sensor_msgs::msg::PointCloud2;
  using Indices = pcl_msgs::msg::PointIndices;

  Settings read_settings() {
    Settings settings;
    settings.model = declare_parameter<std::string>("model", "");
    settings.classes = declare_parameter<std::vector<std::string>>("classes", std::vector<std::string>());
    settings.negative = declare_parameter<bool>("negative", settings.negative);
    settings.keep_organized = declare_parameter<bool>("keep_organized", settings.keep_organized);
    settings.min_confidence = declare_parameter<double>("min_confidence", settings.min_confidence);
    settings.category = declare_parameter<std::string>("category", settings.category);
    settings.device = declare_parameter<std::string>("device", settings.device);
    settings.threads = static_cast<int>(declare_parameter<int>("threads", settings.threads));
    settings.memory = static_cast<int>(declare_parameter<int>("memory", settings.memory));
    return settings;
  }

  /// The other settings are read once; whatever is not a setting is none of this component's business.
  rcl_interfaces::msg::SetParametersResult reconfigure(const std::vector<rclcpp::Parameter>& changes) {
    static const std::set<std::string> fixed{"model",  "classes", "negative", "min_confidence", "category",
                                             "device", "threads", "memory",   "use_indices",    "max_queue_size"};
    rcl_interfaces::msg::SetParametersResult result;
    result.successful = true;
    for (const rclcpp::Parameter& change : changes)
      if (fixed.count(change.get_name()) > 0) {
        result.successful = false;
        result.reason = "'" + change.get_name() + "' is read once, when the component starts";
      }
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const rclcpp::Parameter& change : changes)
      if (result.successful && change.get_name() == "keep_organized") adapter_->keepOrganized(change.as_bool());
    return result;
  }

  void take(const Cloud::ConstSharedPtr& cloud, const Indices::ConstSharedPtr& indices) {
    const auto input = pcl::make_shared<pcl::PCLPointCloud2>();
    pcl_conversions::toPCL(*cloud, *input);
    pcl::IndicesPtr chosen;
    if (indices) chosen = pcl::make_shared<pcl::Indices>(indices->indices.begin(), indices->indices.end());
    pcl::PCLPointCloud2 result;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      const std::string wrong = adapter_->run(input, chosen, result);
      if (!wrong.empty() && faults_.isNews(wrong)) RCLCPP_ERROR(get_logger(), "%s", wrong.c_str());
    }
    auto output = std::make_unique<Cloud>();
    pcl_conversions::moveFromPCL(result, *output);
    output->header = cloud->header;  // PCL's stamp has microseconds only
    publisher_->publish(std::move(output));
  }

  std::mutex mutex_;
  std::unique_ptr<Adapter> adapter_;
  Faults faults_{5};
  rclcpp::Publisher<Cloud>::SharedPtr publisher_;
  rclcpp::Subscription<Cloud>::SharedPtr input_;
  std::unique_ptr<message_filters::Subscriber<Cloud>> cloud_input_;
  std::unique_ptr<message_filters::Subscriber<Indices>> indices_input_;
  std::unique_ptr<message_filters::TimeSynchronizer<Cloud, Indices>> both_;
  OnSetParametersCallbackHandle::SharedPtr parameters_;
};

/// Keeps or removes the points of chosen classes.
class SemanticFilter : public SemanticComponent {
 public:
  explicit SemanticFilter(const rclcpp::NodeOptions& options)
      : SemanticComponent(Task::filter, "semantic_filter", options) {}
};

/// Appends `label` and `confidence` to every point.
class SemanticLabeler : public SemanticComponent {
 public:
  explicit SemanticLabeler(const rclcpp::NodeOptions& options)
      : SemanticComponent(Task::label, "semantic_labeler", options) {}
};

}  // namespace treewalk_ros

RCLCPP_COMPONENTS_REGISTER_NODE(treewalk_ros::SemanticFilter)
RCLCPP_COMPONENTS_REGISTER_NODE(treewalk_ros::SemanticLabeler)
